// The files to judge below the paths of the command line, always in the same order.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { WrongUse } from './judging.mjs';

const neverEntered = new Set(['.git', 'node_modules']);

// Every regular file at or below `paths`, once. A path given itself is marked as `named`.
export function filesBelow(paths) {
  const found = new Map();
  const visit = (path, named) => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info) {
      throw new WrongUse(`no such file or folder: ${path}`);
    }
    if (info.isDirectory()) {
      for (const entry of readdirSync(path)
        .sort()
        .filter((name) => !neverEntered.has(name))) {
        visit(join(path, entry), false);
      }
    } else if (info.isFile() && !found.has(resolve(path))) {
      found.set(resolve(path), { path, named });
    }
  };
  paths.forEach((path) => visit(path, true));
  return [...found.values()];
}

const isYaml = (path) => /\.ya?ml$/.test(path);
const liesIn = (folder, path) => resolve(path, '..').endsWith(`${sep}.github${sep}${folder}`);

// The workflows: { path, text, root }; `root` is the folder that `./.github/workflows/…` is relative to.
export function workflowsBelow(paths) {
  return filesBelow(paths)
    .filter(
      ({ path, named }) => isYaml(path) && (liesIn('workflows', path) || (named && !liesIn('ISSUE_TEMPLATE', path))),
    )
    .map(({ path }) => ({ path, text: readFileSync(path, 'utf8'), root: rootOf(path) }));
}

function rootOf(path) {
  return join(path, liesIn('workflows', path) ? '../../..' : '..');
}

// The issue forms and the chooser's configuration: { path, text }.
export function issueFormsBelow(paths) {
  return filesBelow(paths)
    .filter(({ path }) => isYaml(path) && liesIn('ISSUE_TEMPLATE', path))
    .map(({ path }) => ({ path, text: readFileSync(path, 'utf8') }));
}
