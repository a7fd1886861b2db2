// Rules about what a workflow may do: the token's permissions and secrets.
import { isMap } from 'yaml';

// The token's default rights are the repository's business, so a workflow says what it needs: nothing or reading at the
// top, the rest in the job that needs it.
function* excessivePermissions({ yaml, root, jobs }) {
  const top = yaml.get(root, 'permissions');
  if (top === undefined) {
    yield [yaml.place(root), 'the workflow has no `permissions`'];
  } else if (!isMap(top)) {
    yield [yaml.place(top), 'the workflow does not list its permissions one by one'];
  }
  for (const [scope, key, access] of yaml.entries(top)) {
    if (!['read', 'none'].includes(yaml.value(access))) {
      yield [yaml.place(key), `${scope} is given to every job: give it to the job that needs it`];
    }
  }
  const grantsNothing = isMap(top) && top.items.length === 0;
  for (const { id, key, node } of jobs) {
    const permissions = yaml.get(node, 'permissions');
    if (permissions !== undefined && !isMap(permissions)) {
      yield [yaml.place(permissions), `job ${id} does not list its permissions one by one`];
    } else if (permissions === undefined && !grantsNothing) {
      yield [yaml.place(key), `job ${id} does not list its permissions`];
    }
  }
}

const ranks = { none: 0, read: 1, write: 2 };

// GitHub refuses to start a run whose called workflow asks for more than the calling job has; no other judge sees it.
function* calledPermissions(workflow) {
  for (const job of workflow.jobs) {
    const { yaml: theirs, root, jobs = [] } = workflow.calledBy(job) ?? {};
    const granted = listed(workflow.yaml, job.node, workflow.root);
    for (const called of jobs) {
      for (const [scope, access] of listed(theirs, called.node, root) ?? []) {
        if (granted && ranks[access] > (ranks[granted.get(scope)] ?? 0)) {
          yield [
            workflow.yaml.place(job.uses),
            `job ${called.id} of the called workflow needs ${scope}: ${access}, which job ${job.id} does not have`,
          ];
        }
      }
    }
  }
}

// The permissions of a job, or else of its workflow, by scope; undefined when they are not listed.
function listed(yaml, job, root) {
  const permissions = yaml.get(job, 'permissions') ?? yaml.get(root, 'permissions');
  return isMap(permissions)
    ? new Map(yaml.entries(permissions).map(([scope, , access]) => [scope, yaml.value(access)]))
    : undefined;
}

function* secretsInherit({ yaml, jobs }) {
  for (const { node } of jobs) {
    const secrets = yaml.get(node, 'secrets');
    if (yaml.value(secrets) === 'inherit') {
      yield [yaml.place(secrets), 'the called workflow gets every secret'];
    }
  }
}

// All secrets at once, or one that is chosen while the workflow runs: each of them is then given to the runner.
function* overprovisionedSecrets({ yaml, root }) {
  for (const node of yaml.scalars(root)) {
    for (const place of yaml.matches(node, /toJSON\(\s*secrets\s*\)|\bsecrets\s*\[\s*(?!')/gi)) {
      yield [place, 'every secret is given to the runner: name the one that is needed'];
    }
  }
}

// Secrets that no environment's rules protect. A fact to know, not always a mistake: a called workflow's environment
// cannot be seen here.
function* secretsOutsideEnvironment({ yaml, jobs }) {
  for (const { id, node } of jobs.filter(({ environment }) => environment === undefined)) {
    for (const scalar of yaml.scalars(node)) {
      for (const place of yaml.matches(scalar, /\bsecrets\s*(\.\s*|\[\s*')(?!GITHUB_TOKEN\b)\w+/gi)) {
        yield [place, `job ${id} uses a secret and has no environment`];
      }
    }
  }
}

export const rightsRules = [
  { id: 'excessive-permissions', check: excessivePermissions },
  { id: 'called-permissions', check: calledPermissions },
  { id: 'secrets-inherit', check: secretsInherit },
  { id: 'overprovisioned-secrets', check: overprovisionedSecrets },
  { id: 'secrets-outside-env', check: secretsOutsideEnvironment, informational: true },
];
