#!/usr/bin/env node
// Judges YAML and JSON files by a JSON Schema; see ../README.md.
import { readFileSync } from 'node:fs';
import { WrongUse, runProgram } from './lib/judging.mjs';

await runProgram('[--allow FILE]… [--published] SCHEMA FILE…', { published: { type: 'boolean' } }, async ([schemaPath, ...files], values, report) => {
  if (files.length === 0) {
    throw new WrongUse('nothing to judge was named');
  }
  const { compileSchema, judgeBySchema, readSchema } = await import('./lib/schema.mjs');
  const text = read(schemaPath);
  let validator;
  try {
    validator = compileSchema(readSchema(schemaPath, text), { lenient: values.published });
  } catch (error) {
    throw new WrongUse(`${schemaPath} cannot be used: ${error.message}`);
  }
  for (const file of files) {
    for (const finding of judgeBySchema(validator, file, read(file))) {
      report.add({ judge: 'ajv', file, ...finding });
    }
  }
});

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WrongUse(error.message);
  }
}
