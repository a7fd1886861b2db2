// The hardening rules: { id, check(workflow) → [[place, message]…], informational? }. They hold what zizmor would say
// of what pipec emits (same names where it has the rule), and pipec's own promises.
import { referenceRules } from './references.mjs';
import { rightsRules } from './rights.mjs';
import { runningRules } from './running.mjs';
import { Workflow } from './workflow.mjs';

export const rules = [...referenceRules, ...rightsRules, ...runningRules];

// subject: { path, text, root }; findings: { rule, line, column, message, informational }.
export function hardening({ self } = {}) {
  return {
    name: 'hardening',
    planted: { path: 'planted.yml', root: '.', text: 'on: pull_request_target\n' },
    async judge(subject) {
      const workflow = new Workflow(subject, self);
      const errors = workflow.yaml.errors();
      if (errors.length > 0) {
        return errors.map((error) => ({ rule: 'syntax', ...error }));
      }
      return rules.flatMap(({ id, check, informational = false }) =>
        [...check(workflow)].map(([place, message]) => ({ rule: id, ...place, message, informational })),
      );
    },
  };
}
