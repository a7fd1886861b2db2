# shellcheck shell=bash
# The ledger: one annotated tag per record, below refs/tags/pipec/PIPELINE/. The tag's message is the record, a JSON
# object on one line. Tags are created and never changed, so creating one is the atomic step. They name a blob and not
# a commit: GitHub refuses a push by GITHUB_TOKEN of a tag whose commit has other workflow files than every branch tip.
#
#   deployment/ENVIRONMENT/000001     what was brought there: outcome, commit, route, branch, run
#   begun/ENVIRONMENT/RUN-ATTEMPT     a deployment that began, and the number of the last outcome before
#   claim/ENVIRONMENT/BRANCH/001      which run may deploy a hotfix branch
#   merged/ENVIRONMENT/BRANCH/COMMIT  the commit by which trunk has a deployed hotfix
#   backfill/BRANCH/RUN-ATTEMPT       what a hotfix left out has passed
#   override/ENVIRONMENT/GUARD/COMMIT two people let a commit pass a guard
#
# BRANCH is a digest of the branch's name. Needs PIPELINE and TRUNK, and GH_TOKEN where the repository asks for it.

# A failure inside of $( ) is a failure: guards must not pass because something could not be read.
shopt -s inherit_errexit
export GIT_TERMINAL_PROMPT=0
ledger="refs/tags/pipec/$PIPELINE"

# git with the job's token, which stays out of arguments and configuration files.
ledger_git() {
  # shellcheck disable=SC2016
  git -c credential.helper= -c 'credential.helper=!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f' "$@"
}

# A repository to read the ledger with, where nothing was checked out.
ledger_open() {
  git init --quiet "$1"
  cd "$1" || return
  git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
}

ledger_fetch() {
  ledger_git fetch --quiet --no-tags --force --prune origin \
    "+refs/heads/$TRUNK:refs/remotes/origin/$TRUNK" "+$ledger/*:$ledger/*"
}

# The records below a name, as one JSON array in the order of their numbers. What is not a record is left out: it can
# be made by hand, and must not stop the pipeline.
ledger_read() {
  git for-each-ref --format='%(contents)' "$ledger/$1" |
    jq --raw-input --null-input --compact-output '[inputs | fromjson? | objects] | sort_by(.number // 0)'
}

# Creates a record. 1 when that name is taken, 2 when it could not be written.
ledger_create() {
  local ref="$ledger/$1" blob tag answer
  blob=$(git hash-object -w --stdin <<<"$2")
  tag=$(printf 'object %s\ntype blob\ntag %s\ntagger pipec <pipec@localhost> %s +0000\n\n%s\n' \
    "$blob" "${ref#refs/tags/}" "$(date -u +%s)" "$2" | git mktag)
  # The lease says that the name must not exist: the server compares and creates in one step.
  if answer=$(ledger_git push --quiet --force-with-lease="$ref:" origin "$tag:$ref" 2>&1); then
    git update-ref "$ref" "$tag"
    return 0
  fi
  if [ -n "$(ledger_git ls-remote origin "$ref")" ]; then return 1; fi
  echo "$answer" >&2
  return 2
}

branch_key() { printf '%s' "$1" | sha256sum | cut -c 1-32; }

timestamp() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# The commit that runs in the environment, or `none`. Only the first record may say so without a deployment: setup
# writes it.
live_commit() {
  ledger_read "deployment/$1" | jq --raw-output '
    [.[] | select(.outcome == "deployed" or (.outcome == "recorded" and .number == 1))] | last | .commit // "none"'
}

# Deployments that began and of which nobody knows how they ended: run, attempt and commit, separated by tabs, one on a
# line. A later one that succeeded says again what runs.
forgotten_deployments() {
  local begun
  begun=$(ledger_read "begun/$1")
  ledger_read "deployment/$1" | jq --raw-output --argjson begun "$begun" '
    . as $ended | $begun[]
    | select(. as $one | $ended | any((.run == $one.run and .attempt == $one.attempt)
        or (.outcome == "deployed" and .number > $one.after)) | not)
    | [.run, .attempt, .commit] | @tsv'
}

# What hotfixes brought to the environment: commit and branch, separated by a tab, one on a line.
deployed_hotfixes() {
  ledger_read "deployment/$1" | jq --raw-output '
    .[] | select(.outcome == "deployed" and .route == "hotfix") | [.commit, .branch] | @tsv'
}

# Commits are compared by ancestry; a commit that this clone does not have is no ancestor.
is_ancestor() { git merge-base --is-ancestor "$1" "$2" 2>/dev/null; }

# `refuse GUARD REASON` ends the run, unless two people let this commit pass that guard.
refuse() {
  local found
  found=$(ledger_read "override/$ENVIRONMENT/$1/$COMMIT" | jq --raw-output '
    [.[] | select(.asked_by != "" and .given_by != "" and .asked_by != .given_by)]
    | last | select(. != null) | "\(.asked_by) and \(.given_by): \(.reason)"')
  if [ -n "$found" ]; then
    echo "::warning title=pipec guard overridden::$1: $2 Overridden by $found"
    return 0
  fi
  echo "::error title=pipec guard::$2"
  echo "In an emergency two people can let commit $COMMIT pass the guard \`$1\` by the workflow" \
    "\`pipec $PIPELINE: override\`."
  exit 1
}
