#!/usr/bin/env node
// Judges GitHub workflows and issue forms; see ../README.md.
import { WrongUse, runProgram } from './lib/judging.mjs';

const usage = '[--self OWNER/REPO] [--allow FILE]… PATH…';
const options = { self: { type: 'string' } };

await runProgram(usage, options, async (paths, { self }, report) => {
  if (self !== undefined && !/^[^/\s]+\/[^/\s]+$/.test(self)) {
    throw new WrongUse(`--self wants OWNER/REPO, not ${self}`);
  }
  const { workflowsBelow, issueFormsBelow } = await import('./lib/files.mjs');
  const workflows = workflowsBelow(paths);
  const forms = issueFormsBelow(paths);
  if (workflows.length === 0 && forms.length === 0) {
    throw new WrongUse(`no workflow below ${paths.join(', ')}`);
  }
  await judgeWorkflows(workflows, self, report);
  await judgeForms(forms, report);
});

async function judgeWorkflows(workflows, self, report) {
  const { githubParser, githubLanguageService } = await import('./lib/github_parser.mjs');
  const { actionlint } = await import('./lib/actionlint.mjs');
  const { mustFindPlanted } = await import('./lib/alive.mjs');
  const unchecked = (what) => (path, reference) => report.note(`${path}: ${reference}: ${what} are not checked`);
  const judges = [
    githubParser({ self, onUnresolved: unchecked('it cannot be read here; its inputs, secrets and outputs') }),
    githubLanguageService({ self, onUnknownAction: unchecked('it is not in actions.json; its inputs') }),
    actionlint(),
  ];
  for (const judge of judges) {
    await mustFindPlanted(judge);
  }
  for (const workflow of workflows) {
    // The language service repeats what the parser found, at the same place.
    const said = new Set();
    for (const { name, judge } of judges) {
      for (const finding of await judge(workflow)) {
        const what = `${finding.line}:${finding.column}: ${finding.message}`;
        if (!said.has(what)) {
          report.add({ judge: name, file: workflow.path, ...finding });
        }
        said.add(what);
      }
    }
  }
}

async function judgeForms(forms, report) {
  if (forms.length === 0) {
    return;
  }
  const { issueForms } = await import('./lib/issue_forms.mjs');
  const { mustFindPlanted } = await import('./lib/alive.mjs');
  const judge = issueForms();
  await mustFindPlanted(judge);
  for (const form of forms) {
    for (const finding of await judge.judge(form)) {
      report.add({ judge: judge.name, file: form.path, ...finding });
    }
  }
}
