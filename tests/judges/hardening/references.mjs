// Rules about what a workflow brings in: actions, reusable workflows, images, runners, caches.

// An action or a reusable workflow that can change under its name. Images have a rule of their own.
function* unpinnedUses(workflow) {
  const { yaml } = workflow;
  for (const node of [...workflow.jobs, ...workflow.steps].map(({ uses }) => uses).filter(Boolean)) {
    const uses = String(node.value);
    const local = uses.startsWith('./') || uses.startsWith('$/') || workflow.ownPath(uses) !== undefined;
    if (!local && !uses.startsWith('docker://') && !/@[0-9a-f]{40}$/.test(uses)) {
      yield [yaml.place(node), `${uses} is not pinned to a full commit hash`];
    }
  }
}

// A container image that can change under its tag.
function* unpinnedImages(workflow) {
  const { yaml } = workflow;
  const images = workflow.jobs.flatMap(({ node }) => {
    const container = yaml.get(node, 'container');
    const services = yaml.entries(yaml.get(node, 'services')).map(([, , service]) => service);
    return [container, ...services].map((owner) => yaml.get(owner, 'image') ?? owner);
  });
  const actions = workflow.steps
    .map(({ uses }) => uses)
    .filter((uses) => String(yaml.value(uses)).startsWith('docker://'));
  for (const node of [...images, ...actions]) {
    const image = yaml.value(node);
    if (typeof image === 'string' && !/@sha256:[0-9a-f]{64}$/.test(image)) {
      yield [yaml.place(node), `${image} is not pinned to a digest`];
    }
  }
}

// A runner that keeps what earlier jobs left on it, or one that cannot be told from the file.
function* selfHostedRunner({ yaml, jobs }) {
  for (const { node } of jobs) {
    const runner = yaml.get(node, 'runs-on');
    const labels = yaml.get(runner, 'labels') ?? runner;
    const asked = [labels, ...yaml.items(labels)]
      .map((label) => yaml.value(label))
      .filter((text) => typeof text === 'string');
    const texts = asked.flatMap((text) => fromMatrix(yaml, node, text));
    const other = texts.find((text) => !/^(ubuntu|windows|macos)-[\w.-]+$/.test(text));
    if (yaml.get(runner, 'group') !== undefined || other !== undefined) {
      yield [yaml.place(runner), `${other ?? 'a group of runners'} is not one of GitHub's own runners`];
    }
  }
}

// The values that `${{ matrix.name }}` has; the text itself when it is something else.
function fromMatrix(yaml, job, text) {
  const name = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/.exec(text)?.[1];
  const matrix = yaml.get(job, 'strategy', 'matrix');
  const values = [
    ...yaml.items(yaml.get(matrix, name)),
    ...yaml.items(yaml.get(matrix, 'include')).map((cell) => yaml.get(cell, name)),
  ];
  const known = values
    .map((value) => yaml.value(value))
    .filter((value) => value !== undefined)
    .map(String);
  return name === undefined || known.length === 0 ? [text] : known;
}

// A checkout that leaves its token in the folder, for every later step and for artifacts.
function* artipacked({ yaml, steps }) {
  for (const { action, uses, with: inputs } of steps) {
    if (action === 'actions/checkout' && String(yaml.value(yaml.get(inputs, 'persist-credentials'))) !== 'false') {
      yield [yaml.place(uses), 'the checkout needs `persist-credentials: false`'];
    }
  }
}

// Actions that restore a cache: always, or depending on an input, whose default is an empty text here.
const cachingActions = {
  'actions/cache': () => true,
  'actions/cache/restore': () => true,
  'actions/setup-dotnet': (input) => input('cache') === 'true',
  'actions/setup-go': (input) => input('cache') !== 'false',
  'actions/setup-java': (input) => input('cache') !== '',
  'actions/setup-node': (input) => input('cache') !== '' || input('package-manager-cache') !== 'false',
  'actions/setup-python': (input) => input('cache') !== '',
  'astral-sh/setup-uv': (input) => input('enable-cache') !== 'false',
  'docker/build-push-action': (input) => input('cache-from').includes('type=gha'),
  'docker/setup-buildx-action': (input) => input('cache-binary') !== 'false',
  'golangci/golangci-lint-action': (input) => input('skip-cache') !== 'true',
  'gradle/actions/setup-gradle': (input) => input('cache-disabled') !== 'true',
  'ruby/setup-ruby': (input) => input('bundler-cache') === 'true',
  'swatinem/rust-cache': () => true,
};

const releaseRights = ['attestations', 'contents', 'id-token', 'packages'];

// A job that can publish or deploy.
function releases({ yaml, root, triggers }, { node, environment }) {
  const permissions = yaml.get(node, 'permissions');
  return (
    environment !== undefined ||
    triggers.some(([event]) => event === 'release') ||
    yaml.get(root, 'on', 'push', 'tags') !== undefined ||
    releaseRights.some((right) => yaml.value(yaml.get(permissions, right)) === 'write')
  );
}

// A cache that any branch could have filled, restored where things are published or deployed.
function* cachePoisoning(workflow) {
  const { yaml } = workflow;
  for (const step of workflow.steps.filter(({ job }) => releases(workflow, job))) {
    const input = (name) => String(yaml.value(yaml.get(step.with, name)) ?? '');
    if (cachingActions[step.action]?.(input)) {
      yield [yaml.place(step.uses), `job ${step.job.id} releases and restores a cache`];
    }
  }
}

export const referenceRules = [
  { id: 'unpinned-uses', check: unpinnedUses },
  { id: 'unpinned-images', check: unpinnedImages },
  { id: 'self-hosted-runner', check: selfHostedRunner },
  { id: 'artipacked', check: artipacked },
  { id: 'cache-poisoning', check: cachePoisoning },
];
