// AWS's own offline validator.
import { createRequire } from 'node:module';
import { plantedTemplate } from './templates.mjs';

const { CelEngine } = createRequire(import.meta.url)('@aws/cloudformation-validate');

// Informational and debugging remarks are advice, not findings. Warnings are findings: the validator calls a value that
// its service rejects (W3030) no more than that.
const levels = new Set(['FATAL', 'ERROR', 'WARN']);

// template: { path, text }; findings: { rule, line, column, message }. Throws when the analysis was incomplete.
export function cloudformationValidate() {
  const engine = new CelEngine();
  return {
    name: 'cloudformation-validate',
    planted: { path: 'planted.yml', text: plantedTemplate },
    async judge({ path, text }) {
      const { status, diagnostics } = engine.validateStandard({
        path,
        readBytes: () => new TextEncoder().encode(text),
      });
      const findings = diagnostics.filter(({ severity }) => levels.has(severity));
      // ERROR says that the template could not be read; then a finding says why.
      if (status !== 'OK' && !(status === 'ERROR' && findings.length > 0)) {
        throw new Error(`cloudformation-validate did not finish ${path}: ${status}`);
      }
      return findings.map(({ ruleId, startLine, startColumn, message }) => ({
        rule: ruleId,
        line: startLine ?? 1,
        column: startColumn ?? 1,
        message,
      }));
    },
  };
}
