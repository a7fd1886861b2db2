import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mustFindPlanted } from './lib/alive.mjs';
import { hardening, rules } from './hardening/rules.mjs';
import { expectedIn, fixtures, foundIn, runJudge } from './testing.mjs';

const program = 'judge-hardening.mjs';
const self = ['--self', 'acme/shop'];
const goodFolders = [join(fixtures, 'hardening/good'), join(fixtures, 'workflows/good')];
const bad = join(fixtures, 'hardening/bad/.github/workflows');

test('hardened workflows have no finding', () => {
  const { status, findings } = runJudge(program, [...self, ...goodFolders]);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
});

const judged = runJudge(program, [...self, bad]);

for (const name of readdirSync(bad)) {
  test(`${name}: exactly the planted mistakes are found`, () => {
    const path = join(bad, name);
    assert.deepEqual(foundIn(path, judged.findings, 'rule'), expectedIn(path));
    assert.equal(judged.status, 1);
  });
}

for (const { id } of rules.filter(({ informational }) => !informational)) {
  test(`${id}: is found in the fixture of its name`, () => {
    const path = join(bad, `${id}.yml`);
    assert.ok(judged.findings.some(({ file, rule }) => file === path && rule === id));
  });
}

test('secrets outside of an environment are listed and no finding', () => {
  const { stderr } = runJudge(program, [...self, ...goodFolders]);
  const listed = [...stderr.matchAll(/note: .*\/(\w+\.yml):(\d+):\d+: secrets-outside-env: job (\w+)/g)].map(
    ([, ...parts]) => parts.join(' '),
  );
  assert.deepEqual(listed.sort(), ['shop.yml 17 release', 'shop.yml 23 hotfix']);
});

test('only the own repository may be called by a branch', () => {
  const { findings } = runJudge(program, ['--self', 'acme/other', ...goodFolders]);
  assert.deepEqual(
    findings.map(({ rule, line }) => `${rule} ${line}`),
    ['unpinned-uses 21'],
  );
});

test('wrong use ends with status 2', () => {
  assert.equal(runJudge(program, []).status, 2);
  assert.equal(runJudge(program, [join(fixtures, 'templates')]).status, 2);
});

test('hardening finds what was planted for it, and silence would be noticed', async () => {
  await mustFindPlanted(hardening());
  await assert.rejects(mustFindPlanted({ ...hardening(), judge: async () => [] }), /does not judge/);
});
