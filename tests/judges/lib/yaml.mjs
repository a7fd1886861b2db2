// YAML (and so JSON) documents with the places of their nodes.
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

export class YamlText {
  constructor(path, text) {
    this.path = path;
    this.text = text;
    this.lines = new LineCounter();
    // Tags such as !Sub are not this reader's business; errors are, and are kept in `document.errors`.
    this.document = parseDocument(text, { lineCounter: this.lines, logLevel: 'silent' });
  }

  get root() {
    return this.document.contents;
  }

  // { line, column } from 1 of an offset into the text.
  placeAt(offset) {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  place(node) {
    return this.placeAt(node?.range?.[0] ?? 0);
  }

  // The line of the file that a place is in.
  line({ line }) {
    return this.text.split('\n')[line - 1];
  }

  // The syntax errors: { line, column, message }.
  errors() {
    return this.document.errors.map(({ pos, message }) => ({
      ...this.placeAt(pos[0]),
      message: message.split('\n')[0],
    }));
  }

  // The node with aliases followed; undefined for none.
  follow(node) {
    return isAlias(node) ? node.resolve(this.document) : (node ?? undefined);
  }

  // The value of a mapping's key; undefined when `node` is no mapping or has no such key.
  get(node, ...keys) {
    let current = this.follow(node);
    for (const key of keys) {
      current = isMap(current) ? this.follow(current.get(key, true)) : undefined;
    }
    return current;
  }

  // [key text, key node, value node] of a mapping; nothing for anything else.
  entries(node) {
    const map = this.follow(node);
    return isMap(map) ? map.items.map(({ key, value }) => [String(key?.value), key, this.follow(value)]) : [];
  }

  // The nodes of a sequence; nothing for anything else.
  items(node) {
    const sequence = this.follow(node);
    return isSeq(sequence) ? sequence.items.map((item) => this.follow(item)) : [];
  }

  // The value of a scalar; undefined for anything else.
  value(node) {
    const scalar = this.follow(node);
    return isScalar(scalar) ? scalar.value : undefined;
  }

  // Where `pattern` (with flag g) matches in the spelling of a scalar: [{ line, column }].
  matches(node, pattern) {
    const scalar = this.follow(node);
    if (!isScalar(scalar) || !scalar.range) {
      return [];
    }
    const [start, end] = scalar.range;
    return [...this.text.slice(start, end).matchAll(pattern)].map(({ index }) => this.placeAt(start + index));
  }

  // Every text at or below `node`, keys of mappings aside.
  scalars(node) {
    const found = [];
    if (node) {
      visit(node, {
        Scalar: (key, scalar) => {
          if (key !== 'key' && typeof scalar.value === 'string') {
            found.push(scalar);
          }
        },
      });
    }
    return found;
  }
}
