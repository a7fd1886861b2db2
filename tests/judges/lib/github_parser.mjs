// GitHub's own workflow parser and the language service of its editors.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { RecordedActions } from './actions.mjs';

// Both packages import JSON without the attribute that Node demands.
register('./json_imports.mjs', import.meta.url);
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import('@actions/workflow-parser');
const { ErrorPolicy } = await import('@actions/workflow-parser/model/convert');
const { fileIdentifier } = await import('@actions/workflow-parser/workflows/file-reference');
const { isReusableWorkflowJob } = await import('@actions/workflow-parser/model/type-guards');
const { registerLogger, validate } = await import('@actions/languageservice');
const { TextDocument } = await import('vscode-languageserver-textdocument');

// What the packages say of a reusable workflow that the file provider does not give.
const notFound = 'Unable to find reusable workflow';

// Gives the reusable workflows of one root folder. `self` (OWNER/REPO) maps remote references to that repository to the
// local files. Other remote references cannot be read here: they are remembered in `unresolved`.
class LocalWorkflows {
  unresolved = new Set();

  constructor(root, self) {
    this.root = root;
    this.self = self;
  }

  async getFileContent(reference) {
    if ('repository' in reference && !this.#isSelf(reference)) {
      this.unresolved.add(fileIdentifier(reference));
      throw new Error('remote');
    }
    return { name: reference.path, content: readFileSync(join(this.root, reference.path), 'utf8') };
  }

  #isSelf({ owner, repository }) {
    return this.self !== undefined && `${owner}/${repository}`.toLowerCase() === this.self.toLowerCase();
  }

  // Is this finding only about a reference that cannot be read here?
  excuses(message, text, start) {
    if (message !== notFound) {
      return false;
    }
    const line = text.split('\n')[start.line - 1];
    return [...this.unresolved].some((reference) => line.includes(reference));
  }
}

function toFinding(message, start, file) {
  return { ...(file ? { file } : {}), line: start?.line ?? 1, column: start?.column ?? 1, message };
}

// workflow: { path, text, root }; findings: { file?, line, column, message }, `file` only when it is another one.
// `onUnresolved(path, reference)` is told of each reusable workflow that could not be read.
export function githubParser({ self, onUnresolved = () => {} } = {}) {
  return {
    name: 'github-parser',
    planted: {
      path: 'planted.yml',
      root: '.',
      text: 'on: push\njobs:\n  a:\n    needs: b\n    runs-on: x\n    steps: [{ run: x }]\n',
    },
    async judge({ path, text, root }) {
      const files = new LocalWorkflows(root, self);
      const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
      if (value) {
        await convertWorkflowTemplate(context, value, files, {
          fetchReusableWorkflowDepth: 1,
          errorPolicy: ErrorPolicy.TryConversion,
        });
      }
      files.unresolved.forEach((reference) => onUnresolved(path, reference));
      return context.errors
        .getErrors()
        .filter(({ rawMessage, range }) => !files.excuses(rawMessage, text, range?.start))
        .map(({ rawMessage, range, prefix }) => toFinding(rawMessage, range?.start, calledFile(prefix, path, root)));
    },
  };
}

// Mistakes of a called workflow are reported while its caller is read: the prefix names the file they are in.
function calledFile(prefix, path, root) {
  const named = /^(.+) \(Line: \d+, Col: \d+\)$/.exec(prefix)?.[1];
  return named === undefined || named === path ? undefined : join(root, named);
}

// The service catches its own exceptions and only logs them.
const logged = [];
registerLogger({ error: (text) => logged.push(text), warn: (text) => logged.push(text), info() {}, log() {} });
let documents = 0;

// As githubParser(). Throws when the service failed inside; `extraContext` is for the test of just that.
// `onUnknownAction(path, uses)` is told of each action whose inputs are not checked.
export function githubLanguageService({ self, onUnknownAction = () => {}, extraContext } = {}) {
  return {
    name: 'github-language-service',
    planted: {
      path: 'planted.yml',
      root: '.',
      text: 'on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: x, env: { A: "${{ github.planted }}" } }]\n',
    },
    async judge({ path, text, root }) {
      const files = new LocalWorkflows(root, self);
      // It keeps results by address, so no address is used twice; and it takes the kind of a file from its path.
      documents += 1;
      const document = TextDocument.create(`file:///${documents}/.github/workflows/judged.yml`, 'yaml', 1, text);
      logged.length = 0;
      const diagnostics = await validate(document, {
        fileProvider: files,
        actionsMetadataProvider: new RecordedActions((uses) => onUnknownAction(path, uses)),
        contextProviderConfig: { getContext: extraContext ?? openOutputs(files) },
      });
      if (logged.length > 0) {
        throw new Error(`the language service failed on ${path}: ${logged.join('; ')}`);
      }
      return diagnostics
        .map(({ message, range }) =>
          toFinding(message, { line: range.start.line + 1, column: range.start.character + 1 }),
        )
        .filter(({ message, line }) => !files.excuses(message, text, { line }));
    },
  };
}

// Nothing is known of the outputs of a workflow that could not be read, so none of them is called invalid.
function openOutputs(files) {
  return async (name, context, workflow) => {
    if (name === 'needs' || name === 'jobs') {
      for (const job of workflow.template?.jobs ?? []) {
        if (isReusableWorkflowJob(job) && files.unresolved.has(job.ref.value)) {
          const outputs = context.get(job.id.value)?.get?.('outputs');
          if (outputs) {
            outputs.complete = false;
          }
        }
      }
    }
    return undefined;
  };
}
