// A load hook of Node: gives every import of a JSON file the attribute `type: 'json'`.
export function load(url, context, nextLoad) {
  return nextLoad(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);
}
