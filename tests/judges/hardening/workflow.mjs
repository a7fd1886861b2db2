// What the hardening rules see of a workflow.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScalar } from 'yaml';
import { YamlText } from '../lib/yaml.mjs';

export class Workflow {
  // subject: { path, text, root }, as of workflowsBelow(). `self` (OWNER/REPO) is the repository it belongs to.
  constructor({ path, text, root }, self) {
    this.yaml = new YamlText(path, text);
    this.folder = root;
    this.self = self;
    this.root = this.yaml.root;
    this.jobs = this.yaml
      .entries(this.yaml.get(this.root, 'jobs'))
      .map(([id, key, node]) => new Job(this.yaml, id, key, node));
  }

  get steps() {
    return this.jobs.flatMap(({ steps }) => steps);
  }

  // [event, node] of each trigger, whichever of the three forms `on` has.
  get triggers() {
    const on = this.yaml.get(this.root, 'on');
    if (isScalar(on)) {
      return [[String(on.value), on]];
    }
    const listed = this.yaml.items(on).map((item) => [String(item.value), item]);
    return [...listed, ...this.yaml.entries(on).map(([event, key]) => [event, key])];
  }

  // The path, from the root of the repository, of a reusable workflow of this repository; undefined for any other.
  ownPath(uses) {
    const own = this.self === undefined ? [] : [`${this.self}/`];
    const prefix = ['./', '$/', ...own].find((start) => uses.toLowerCase().startsWith(start.toLowerCase()));
    const path = prefix === undefined ? '' : uses.slice(prefix.length).split('@')[0];
    return path.startsWith('.github/workflows/') ? path : undefined;
  }

  // The reusable workflow that a job calls, when it is one of this repository and is there.
  calledBy({ uses }) {
    const path = this.ownPath(String(this.yaml.value(uses) ?? ''));
    const file = path && join(this.folder, path);
    return file && existsSync(file)
      ? new Workflow({ path: file, text: readFileSync(file, 'utf8'), root: this.folder }, this.self)
      : undefined;
  }

  // [text, node] of every condition of a job or a step.
  get conditions() {
    return [...this.jobs, ...this.steps]
      .map(({ node }) => this.yaml.get(node, 'if'))
      .filter(Boolean)
      .map((node) => [String(node.value), node]);
  }
}

class Job {
  constructor(yaml, id, key, node) {
    Object.assign(this, { id, key, node });
    this.steps = yaml.items(yaml.get(node, 'steps')).map((step) => new Step(yaml, step, this));
    this.environment = yaml.get(node, 'environment');
    // The reusable workflow it calls, or undefined.
    this.uses = yaml.get(node, 'uses');
    // GitHub records a deployment unless the environment says otherwise.
    this.deploys = this.environment !== undefined && yaml.value(yaml.get(this.environment, 'deployment')) !== false;
  }
}

class Step {
  constructor(yaml, node, job) {
    Object.assign(this, { node, job });
    this.uses = yaml.get(node, 'uses');
    this.run = yaml.get(node, 'run');
    this.with = yaml.get(node, 'with');
    // The action without its version, in lower case as GitHub compares it; '' for a command.
    this.action = String(yaml.value(this.uses) ?? '')
      .split('@')[0]
      .toLowerCase();
    // What is executed as code: the command, and the input of actions that take a script.
    this.scripts = [this.run, yaml.get(this.with, 'script')].filter(Boolean);
  }
}
