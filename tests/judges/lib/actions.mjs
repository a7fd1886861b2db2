// The inputs of actions that are pinned to a commit, as their action.yml at that commit declares them. actionlint knows
// actions by their version tags only, so without this nobody would check what a pinned action is given.
import { readFileSync } from 'node:fs';

const recorded = JSON.parse(readFileSync(new URL('../actions.json', import.meta.url), 'utf8'));

// The language service's metadata provider. `onUnknown(uses)` is told of each action that is not recorded.
export class RecordedActions {
  constructor(onUnknown) {
    this.onUnknown = onUnknown;
  }

  async fetchActionMetadata({ owner, name, path, ref }) {
    const uses = `${[owner, name, path].filter(Boolean).join('/')}@${ref}`;
    const action = recorded[uses];
    if (action === undefined) {
      this.onUnknown(uses);
      // Without inputs none is checked.
      return { name: uses, description: '' };
    }
    const inputs = {
      ...inputsOf(action.optional, {}),
      ...inputsOf(action.required, { required: true }),
      ...inputsOf(action.deprecated, { deprecationMessage: 'this input is deprecated' }),
    };
    return { name: uses, description: '', inputs };
  }
}

function inputsOf(names = [], properties) {
  return Object.fromEntries(names.map((name) => [name, { description: '', ...properties }]));
}
