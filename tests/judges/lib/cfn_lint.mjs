// cfn-lint, a Python program that Debian does not have: it judges where somebody installed it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { plantedTemplate } from './templates.mjs';

export const cfnLintName = 'cfn-lint';

// All templates in one process, since starting it is what takes time: findings { file, rule, line, column, message }.
// Undefined when there is no cfn-lint on PATH; throws when it fails or does not judge.
export function cfnLint(paths) {
  const folder = mkdtempSync(join(tmpdir(), 'judge-'));
  try {
    const planted = join(folder, 'planted.yml');
    writeFileSync(planted, plantedTemplate);
    const findings = run([planted, ...paths]);
    if (findings && !findings.some(({ file }) => file === planted)) {
      throw new Error('judge cfn-lint does not judge: it found nothing in a file with a planted mistake');
    }
    return findings?.filter(({ file }) => file !== planted);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(paths) {
  // It takes each path for a pattern, and would read a configuration from the home folder.
  const patterns = paths.map((path) => path.replaceAll(/[*?[]/g, '[$&]'));
  const { error, status, stdout, stderr } = spawnSync(
    'cfn-lint',
    ['--config-file', devNull, '--format', 'json', '--', ...patterns],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  // 127: a version manager's stand-in for a program that is not installed.
  if (error?.code === 'ENOENT' || status === 127) {
    return undefined;
  }
  // The status is a sum of 2 (errors), 4 (warnings) and 8 (informational); anything else is a failure of its own.
  if (error || status === null || (status & ~14) !== 0) {
    throw new Error(`cfn-lint failed (status ${status}): ${error ?? stderr}`);
  }
  return JSON.parse(stdout || '[]').map(({ Filename, Rule, Location, Message }) => {
    if (!Filename) {
      throw new Error(`cfn-lint failed: ${Message}`);
    }
    return {
      file: Filename,
      rule: Rule.Id,
      line: Location.Start.LineNumber,
      column: Location.Start.ColumnNumber,
      message: Message,
    };
  });
}
