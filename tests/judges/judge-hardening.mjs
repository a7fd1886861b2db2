#!/usr/bin/env node
// Judges how well GitHub workflows are hardened; see ../README.md.
import { WrongUse, runProgram } from './lib/judging.mjs';

const usage = '[--self OWNER/REPO] [--allow FILE]… PATH…';

await runProgram(usage, { self: { type: 'string' } }, async (paths, { self }, report) => {
  const { workflowsBelow } = await import('./lib/files.mjs');
  const { mustFindPlanted } = await import('./lib/alive.mjs');
  const { hardening } = await import('./hardening/rules.mjs');
  const workflows = workflowsBelow(paths);
  if (workflows.length === 0) {
    throw new WrongUse(`no workflow below ${paths.join(', ')}`);
  }
  const judge = hardening({ self });
  await mustFindPlanted(judge);
  for (const workflow of workflows) {
    for (const { informational, ...finding } of await judge.judge(workflow)) {
      if (informational) {
        report.note(`${workflow.path}:${finding.line}:${finding.column}: ${finding.rule}: ${finding.message}`);
      } else {
        report.add({ judge: judge.name, file: workflow.path, ...finding });
      }
    }
  }
});
