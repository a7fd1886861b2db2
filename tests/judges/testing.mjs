// For the tests of the judges: runs a judge program, reads what a fixture says should be found.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const fixtures = join(here, 'fixtures');

// Runs tests/judges/`program`: { status, findings, stderr }.
export function runJudge(program, args, { env = process.env } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, program), ...args], {
    encoding: 'utf8',
    env,
  });
  const findings = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { status, findings, stderr };
}

// { 'line NAME': … } of a fixture: a line that ends with `# finds NAME…` must be found by exactly these.
export function expectedIn(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const names = /# finds (.+)$/.exec(text)?.[1].split(' ') ?? [];
      return names.map((name) => `${index + 1} ${name}`);
    })
    .sort();
}

// The same form of what was found in `path`, by the finding's `key` (its judge or its rule).
export function foundIn(path, findings, key) {
  return [
    ...new Set(findings.filter(({ file }) => file === path).map((finding) => `${finding.line} ${finding[key]}`)),
  ].sort();
}
