#!/usr/bin/env node
// Judges CloudFormation templates; see ../README.md.
import { WrongUse, runProgram } from './lib/judging.mjs';

await runProgram('[--allow FILE]… PATH…', {}, async (paths, _values, report) => {
  const { suppressionsIn, templatesBelow } = await import('./lib/templates.mjs');
  const { cloudformationValidate } = await import('./lib/cloudformation_validate.mjs');
  const { cfnLint, cfnLintName } = await import('./lib/cfn_lint.mjs');
  const { mustFindPlanted } = await import('./lib/alive.mjs');
  const templates = templatesBelow(paths);
  if (templates.length === 0) {
    throw new WrongUse(`no CloudFormation template below ${paths.join(', ')}`);
  }
  const findings = cfnLint(templates.map(({ path }) => path));
  if (findings === undefined) {
    report.absent(cfnLintName, 'not on PATH');
  }
  findings?.forEach((finding) => report.add({ judge: cfnLintName, ...finding }));
  const validator = cloudformationValidate();
  await mustFindPlanted(validator);
  for (const template of templates) {
    for (const finding of await validator.judge(template)) {
      report.add({ judge: validator.name, file: template.path, ...finding });
    }
    for (const finding of suppressionsIn(template)) {
      report.add({ judge: cfnLintName, rule: 'suppressed', file: template.path, ...finding });
    }
  }
});
