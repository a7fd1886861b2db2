import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { mustFindPlanted } from './lib/alive.mjs';
import { cloudformationValidate } from './lib/cloudformation_validate.mjs';
import { expectedIn, fixtures, foundIn, runJudge } from './testing.mjs';

const program = 'judge-templates.mjs';
const good = join(fixtures, 'templates/good');
const bad = join(fixtures, 'templates/bad');

// A PATH on which cfn-lint is `script`, or is missing.
function pathWithCfnLint(script) {
  const folder = mkdtempSync(join(tmpdir(), 'judges-test-'));
  if (script) {
    writeFileSync(join(folder, 'cfn-lint'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'cfn-lint'), 0o755);
  }
  return { ...process.env, PATH: script ? [folder, process.env.PATH].join(delimiter) : folder };
}

test('good templates have no finding, and other files beside them are not judged', () => {
  const { status, findings } = runJudge(program, [good]);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
});

const judged = runJudge(program, [bad]);
const cfnLintIsThere = !/judge absent: cfn-lint/.test(judged.stderr);
const byCfnLint = (finding) => finding.endsWith(' cfn-lint');

for (const name of readdirSync(bad)) {
  const path = join(bad, name);
  const expected = expectedIn(path);
  const found = foundIn(path, judged.findings, 'judge');

  test(`${name}: exactly the planted mistakes are found`, () => {
    assert.ok(expected.length > 0);
    assert.deepEqual(
      found.filter((finding) => !byCfnLint(finding)),
      expected.filter((finding) => !byCfnLint(finding)),
    );
  });

  // Its version is not ours to choose, so it may find more.
  test(`${name}: cfn-lint finds the planted mistakes`, { skip: !cfnLintIsThere && 'judge absent: cfn-lint' }, () => {
    assert.deepEqual(
      expected.filter(byCfnLint).filter((finding) => !found.includes(finding)),
      [],
    );
  });
}

test('warnings are findings, among them values that the service rejects', () => {
  const rules = judged.findings.filter(({ judge }) => judge === 'cloudformation-validate').map(({ rule }) => rule);
  assert.ok(rules.includes('W3030') && rules.includes('W2001'), rules.join(' '));
  assert.equal(judged.status, 1);
});

test('a template in JSON is judged, with places', () => {
  const { findings } = runJudge(program, [join(fixtures, 'templates/json')], { env: pathWithCfnLint() });
  assert.deepEqual(
    findings.map(({ judge, rule, line }) => [judge, rule, line]),
    [['cloudformation-validate', 'F3002', 3]],
  );
});

test('without cfn-lint the others judge, and its absence is said', () => {
  const { status, findings, stderr } = runJudge(program, [good], { env: pathWithCfnLint() });
  assert.match(stderr, /^judge absent: cfn-lint \(not on PATH\)$/m);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
  const standIn = runJudge(program, [good], { env: pathWithCfnLint('exit 127') });
  assert.match(standIn.stderr, /^judge absent: cfn-lint/m);
  assert.equal(standIn.status, 0);
});

test('a cfn-lint that fails, or finds nothing whatever it gets, ends with status 2', () => {
  for (const [script, message] of [
    ['echo out of order >&2; exit 1', /cfn-lint failed .*out of order/],
    ['echo "[]"', /cfn-lint does not judge/],
  ]) {
    const { status, stderr } = runJudge(program, [good], { env: pathWithCfnLint(script) });
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('wrong use ends with status 2', () => {
  for (const [args, message] of [
    [[], /nothing to judge/],
    [[dirname(good) + '/none'], /no such file/],
    [[join(fixtures, 'workflows')], /no CloudFormation template/],
  ]) {
    const { status, stderr } = runJudge(program, args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('cloudformation-validate finds what was planted for it, and silence would be noticed', async () => {
  const judge = cloudformationValidate();
  await mustFindPlanted(judge);
  await assert.rejects(mustFindPlanted({ ...judge, judge: async () => [] }), /does not judge/);
});
