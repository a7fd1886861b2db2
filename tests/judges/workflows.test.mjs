import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mustFindPlanted } from './lib/alive.mjs';
import { actionlint } from './lib/actionlint.mjs';
import { githubLanguageService, githubParser } from './lib/github_parser.mjs';
import { issueForms } from './lib/issue_forms.mjs';
import { expectedIn, fixtures, foundIn, here, runJudge } from './testing.mjs';

const program = 'judge-workflows.mjs';
const good = join(fixtures, 'workflows/good');
const bad = join(fixtures, 'workflows/bad');
const self = ['--self', 'acme/shop'];
const allow = ['--allow', join(here, 'allow.json')];

test('good workflows and issue forms have no finding', () => {
  const { status, findings } = runJudge(program, [...self, ...allow, good]);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
});

const judged = runJudge(program, [...self, bad]);

for (const folder of ['workflows', 'ISSUE_TEMPLATE']) {
  for (const name of readdirSync(join(bad, '.github', folder))) {
    test(`${folder}/${name}: exactly the planted mistakes are found`, () => {
      const path = join(bad, '.github', folder, name);
      assert.deepEqual(foundIn(path, judged.findings, 'judge'), expectedIn(path));
    });
  }
}

test('findings end with status 1 and say where and what', () => {
  assert.equal(judged.status, 1);
  for (const { judge, file, line, column, message } of judged.findings) {
    assert.ok(
      judge && file.startsWith(bad) && line >= 1 && column >= 1 && message,
      JSON.stringify({ judge, file, line, column, message }),
    );
  }
});

test('a call of a remote workflow that cannot be read is no finding, but is said', () => {
  const path = join(bad, '.github/workflows/call_self.yml');
  const { status, findings, stderr } = runJudge(program, [path]);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
  assert.match(
    stderr,
    /note: .*call_self\.yml: acme\/shop\/\.github\/workflows\/called\.yml@main: it cannot be read here/,
  );
});

test('what the allow list names is no finding', () => {
  const { status, findings } = runJudge(program, [...self, good]);
  assert.equal(status, 1);
  assert.deepEqual(
    findings.map(({ judge, message }) => `${judge} ${/"(queue|deployment)"/.exec(message)?.[1]}`).sort(),
    ['actionlint deployment', 'actionlint queue'],
  );
});

const inFolder = (name, text) => {
  const path = join(mkdtempSync(join(tmpdir(), 'judges-test-')), name);
  writeFileSync(path, text);
  return path;
};
const entry = { judge: 'actionlint', message: 'nobody says this', file: '.', reason: 'a test' };

test('an entry of the allow list that names nothing is a finding', () => {
  const list = inFolder('allow.json', JSON.stringify([entry]));
  const { status, findings } = runJudge(program, [...self, ...allow, '--allow', list, good]);
  assert.equal(status, 1);
  assert.deepEqual(
    findings.map(({ judge, file }) => [judge, file]),
    [['allow-list', list]],
  );
});

test('an entry of the allow list names only what fits in all its parts', () => {
  const queue = { ...entry, message: '"queue"' };
  const near = [{ judge: 'github-parser' }, { rule: 'expression' }, { file: '/elsewhere/' }];
  const list = inFolder('allow.json', JSON.stringify(near.map((part) => ({ ...queue, ...part }))));
  const { findings } = runJudge(program, [...self, '--allow', list, good]);
  assert.equal(findings.filter(({ judge }) => judge === 'allow-list').length, near.length);
});

test('wrong use ends with status 2', () => {
  const noReason = inFolder('allow.json', JSON.stringify([{ ...entry, reason: ' ' }]));
  const unknownKey = inFolder('allow.json', JSON.stringify([{ ...entry, raeson: 'x' }]));
  const badPattern = inFolder('allow.json', JSON.stringify([{ ...entry, message: '(' }]));
  const cases = [
    [[], /nothing to judge was named/],
    [['/no/such/folder'], /no such file or folder/],
    [[join(fixtures, 'templates/good')], /no workflow below/],
    [['--self', 'acme', good], /--self wants OWNER\/REPO/],
    [['--slef', 'acme/shop', good], /Unknown option '--slef'/],
    [['--allow', noReason, good], /reason must be a text/],
    [['--allow', unknownKey, good], /unknown key raeson/],
    [['--allow', badPattern, good], /Unterminated group/],
    [['--allow', '/no/such/list', good], /cannot read the allow list/],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = runJudge(program, args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  }
});

for (const judge of [githubParser(), githubLanguageService(), actionlint(), issueForms()]) {
  test(`${judge.name} finds what was planted for it, and silence would be noticed`, async () => {
    await mustFindPlanted(judge);
    await assert.rejects(mustFindPlanted({ ...judge, judge: async () => [] }), /does not judge/);
  });
}

test('an exception inside the language service is not taken for "no finding"', async () => {
  const broken = githubLanguageService({
    extraContext: () => {
      throw new Error('out of order');
    },
  });
  await assert.rejects(broken.judge(broken.planted), /the language service failed on planted\.yml: .*out of order/);
});

test('the language service judges each text anew, also of files with one name', async () => {
  const { judge, planted } = githubLanguageService();
  assert.equal((await judge(planted)).length, 1);
  assert.equal((await judge({ ...planted, text: planted.text.replace('github.planted', 'github.sha') })).length, 0);
});
