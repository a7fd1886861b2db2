// JSON Schema: ajv's findings with the places of what they are about.
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { YamlText } from './yaml.mjs';

// The validator of a schema (an object). Draft 2020-12 unless it names draft 7. An unknown keyword or format is an
// error (it would be ignored and so never fail); `lenient` is for third-party schemas, whose patterns may be older than
// Unicode's. Throws when the schema is wrong.
export function compileSchema(schema, { lenient = false } = {}) {
  const Validator = /draft-07/.test(schema.$schema ?? '') ? Ajv : Ajv2020;
  const ajv = new Validator({ allErrors: true, strict: false, strictSchema: !lenient, unicodeRegExp: !lenient, logger: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

// The schema in a YAML or JSON text. Throws when it is none: without keywords it would accept everything.
export function readSchema(path, text) {
  const source = new YamlText(path, text);
  const [error] = source.errors();
  if (error) {
    throw new Error(`line ${error.line}: ${error.message}`);
  }
  if (source.entries(source.root).length === 0) {
    throw new Error('it is no object with keywords');
  }
  return source.document.toJS();
}

// Findings of a YAML or JSON text: [{ rule, line, column, message }].
export function judgeBySchema(validator, path, text) {
  const source = new YamlText(path, text);
  if (source.document.errors.length > 0) {
    return source.errors().map((error) => ({ rule: 'syntax', ...error }));
  }
  validator(source.document.toJS());
  // `if` only says that its `then` or `else` did not match; those say why.
  const errors = (validator.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  return errors.map((error) => ({ rule: error.keyword, ...placeOf(source, error), message: describe(error) }));
}

function describe({ instancePath, message, params }) {
  const detail =
    params.additionalProperty ??
    params.unevaluatedProperty ??
    params.allowedValues?.join(', ') ??
    params.allowedValue;
  return `${instancePath || '/'} ${message}${detail === undefined ? '' : ` (${detail})`}`;
}

// An unwanted key is at its own place, anything else where its value is.
function placeOf(source, { instancePath, params }) {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let node = source.root;
  for (const step of steps) {
    node = source.get(node, step) ?? source.items(node)[Number(step)] ?? node;
  }
  const unwanted = params.additionalProperty ?? params.unevaluatedProperty;
  const key = source.entries(node).find(([name]) => name === unwanted)?.[1];
  return source.place(key ?? node);
}
