// CloudFormation templates: which files are some, and one that every judge of templates must object to.
import { readFileSync } from 'node:fs';
import { filesBelow } from './files.mjs';
import { YamlText } from './yaml.mjs';

export const plantedTemplate = 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: { Planted: 1 }\n';

// The templates at or below `paths`: { path, text }. In folders the content decides, so that other YAML and JSON files
// can lie beside them; a file named itself is taken as one.
export function templatesBelow(paths) {
  return filesBelow(paths)
    .filter(({ path, named }) => named || /\.(ya?ml|json|template)$/.test(path))
    .map(({ path, named }) => ({ path, named, text: readFileSync(path, 'utf8') }))
    .filter(({ path, named, text }) => named || isTemplate(path, text));
}

// A top-level `Resources`, or what looks like one in a file that cannot be parsed.
function isTemplate(path, text) {
  const source = new YamlText(path, text);
  return (
    source.get(source.root, 'Resources') !== undefined ||
    (source.document.errors.length > 0 && /^["']?Resources["']?\s*:/m.test(text))
  );
}

// Where a template silences cfn-lint: its findings would be missing without a trace. [{ line, column, message }].
export function suppressionsIn({ path, text }) {
  const source = new YamlText(path, text);
  const resources = source.entries(source.get(source.root, 'Resources')).map(([, , resource]) => resource);
  return [source.root, ...resources]
    .map((owner) => source.get(owner, 'Metadata', 'cfn-lint'))
    .filter((node) => node !== undefined)
    .map((node) => ({ ...source.place(node), message: 'the template configures its own judge; use the allow list' }));
}
