// Rules about how a workflow runs: triggers, commands, conditions, limits.

// Triggers that run with the repository's rights on what a stranger sent.
const dangerous = new Set(['pull_request_target', 'workflow_run']);

function* dangerousTriggers({ yaml, triggers }) {
  for (const [event, node] of triggers.filter(([name]) => dangerous.has(name))) {
    yield [yaml.place(node), `${event} runs with the repository's rights on what a stranger sent`];
  }
}

// An expression is put into the script before the shell reads it, whatever it holds.
function* templateInjection({ yaml, steps }) {
  for (const script of steps.flatMap(({ scripts }) => scripts)) {
    for (const place of yaml.matches(script, /\$\{\{/g)) {
      yield [place, 'an expression inside a script: pass the value through `env`'];
    }
  }
}

// One plain command that appends a fixed text, e.g. `echo "LEVEL=3" >> "$GITHUB_ENV"`.
const fixed = /("[^"$`\\]*"|'[^']*'|[\w./=:@%+-]+)/;
const target = /("\$\{?GITHUB_(ENV|PATH)\}?"|\$\{?GITHUB_(ENV|PATH)\}?)/;
const fixedText = new RegExp(`^\\s*(echo|printf)\\s+${fixed.source}\\s*>>\\s*${target.source}\\s*(#.*)?$`);

// What is written there becomes the environment, or the programs, of every later step.
function* githubEnv({ yaml, steps }) {
  const written = /GITHUB_(ENV|PATH)\b|::(set-env|add-path)\b|\bcore\.(exportVariable|addPath)\b/g;
  for (const script of steps.flatMap(({ scripts }) => scripts)) {
    for (const place of yaml.matches(script, written)) {
      // Only in a literal block is a line of the file a line of the script.
      const command = script.type === 'BLOCK_LITERAL' ? yaml.line(place) : String(script.value);
      if (!fixedText.test(command)) {
        yield [place, 'only a fixed text may be written to the environment of later steps'];
      }
    }
  }
}

// The actor is whoever did the latest thing to the branch, not its author.
const actor = /\bgithub\s*(\.\s*(triggering_)?actor\b|\[\s*'(triggering_)?actor'\s*\])/;

function* botConditions({ yaml, conditions }) {
  for (const [text, node] of conditions) {
    if (actor.test(text) && text.includes('[bot]')) {
      yield [yaml.place(node), 'whether the actor is a bot can be forged'];
    }
  }
}

function* missingTimeout({ yaml, jobs }) {
  for (const { id, key, node, uses } of jobs) {
    if (uses === undefined && yaml.get(node, 'timeout-minutes') === undefined) {
      yield [yaml.place(key), `job ${id} has no timeout-minutes, so it may hang for six hours`];
    }
  }
}

// Two deployments at once leave a mixture, and the older one may win.
function* missingConcurrency({ yaml, root, jobs }) {
  if (yaml.get(root, 'concurrency') !== undefined) {
    return;
  }
  for (const { id, key, node } of jobs.filter(({ deploys }) => deploys)) {
    if (yaml.get(node, 'concurrency') === undefined) {
      yield [yaml.place(key), `job ${id} deploys and neither it nor the workflow has a concurrency group`];
    }
  }
}

export const runningRules = [
  { id: 'dangerous-triggers', check: dangerousTriggers },
  { id: 'template-injection', check: templateInjection },
  { id: 'github-env', check: githubEnv },
  { id: 'bot-conditions', check: botConditions },
  { id: 'missing-timeout', check: missingTimeout },
  { id: 'missing-concurrency', check: missingConcurrency },
];
