import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectedIn, fixtures, foundIn, runJudge } from './testing.mjs';

const program = 'judge-schema.mjs';
const folder = join(fixtures, 'schema');
const schema = join(folder, 'plan.schema.json');
const filesIn = (name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file));

test('files that fit the schema have no finding, be they YAML or JSON', () => {
  const { status, findings } = runJudge(program, [schema, ...filesIn('good')]);
  assert.deepEqual(findings, []);
  assert.equal(status, 0);
});

const judged = runJudge(program, [schema, ...filesIn('bad')]);

for (const path of filesIn('bad')) {
  test(`${path.slice(folder.length + 1)}: exactly the planted mistakes are found`, () => {
    assert.ok(expectedIn(path).length > 0);
    assert.deepEqual(foundIn(path, judged.findings, 'rule'), expectedIn(path));
    assert.equal(judged.status, 1);
  });
}

test('a schema that cannot judge ends with status 2', () => {
  const at = (text) => {
    const path = join(mkdtempSync(join(tmpdir(), 'judges-test-')), 'schema.json');
    writeFileSync(path, text);
    return path;
  };
  const cases = [
    [join(folder, 'misspelt.schema.json'), /unknown keyword: "minimun"/],
    [at('{]'), /cannot be used: line 1/],
    [at('{}'), /no object with keywords/],
    [join(folder, 'none.json'), /ENOENT/],
  ];
  for (const [path, message] of cases) {
    const { status, stderr } = runJudge(program, [path, ...filesIn('good')]);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
  assert.equal(runJudge(program, [schema]).status, 2);
});
