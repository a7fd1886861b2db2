#!/usr/bin/env bash
# Whether a commit may go to an environment. Runs before anything expensive and again directly before the deployment,
# then with CHECKED_LIVE, the commit that was live the first time.
# Needs ENVIRONMENT, ROUTE, COMMIT, RUN_ID, RUN_ATTEMPT and GITHUB_REF; for a hotfix BRANCH, BRANCH_PATTERN and CONTROL_PATHS, for a backfill
# BRANCH and BRANCH_PATTERN, for every other route REFS, where its runs come from.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"
# shellcheck source=claims.sh
. "$(dirname "$0")/claims.sh"

output() { echo "$1" >>"$GITHUB_OUTPUT"; }

list() { sed 's/^/- /' | head -n 20; }

# Whether the run comes from one of REFS, one on a line; `*` may stand at the end, and `**`, which crosses slashes.
is_own_ref() {
  local own rest
  while read -r own; do
    rest=${GITHUB_REF#"${own%%\**}"}
    case "$own" in
      *\*\*) if [ "$rest" != "$GITHUB_REF" ]; then return 0; fi ;;
      *\*) if [ "$rest" != "$GITHUB_REF" ] && [[ $rest != */* ]]; then return 0; fi ;;
      *) if [ "$GITHUB_REF" = "$own" ]; then return 0; fi ;;
    esac
  done <<<"$REFS"
  return 1
}

# The workflow that called this one belongs to the branch of the run, whose author chooses the route there.
comes_from_own_ref() {
  case "$ROUTE" in
    hotfix | backfill)
      if [ "$GITHUB_REF" != "refs/heads/$BRANCH" ] || ! [[ $BRANCH =~ $BRANCH_PATTERN ]]; then
        echo "::error title=pipec guard::$GITHUB_REF is not the name of a hotfix branch."
        exit 1
      fi
      # A backfill looks at what the hotfix brought, and brings nothing of its own.
      if [ "$ROUTE" = backfill ] && [ "$COMMIT" != "$live" ]; then
        refuse source "The backfill brings to $ENVIRONMENT only what runs there, $live."
      fi
      ;;
    *)
      if ! is_own_ref; then
        refuse source "The route $ROUTE does not deploy $GITHUB_REF to $ENVIRONMENT."
      elif ! is_ancestor "$COMMIT" "origin/$TRUNK"; then
        refuse source "Commit $COMMIT is not on $TRUNK. What is deployed to $ENVIRONMENT was merged there."
      fi
      ;;
  esac
}

# A hotfix starts from what runs and brings nothing else along.
starts_from_live() {
  if [ "$live" = none ]; then
    refuse base "Nothing is recorded as live in $ENVIRONMENT: an administrator runs setup.sh --live first."
    return 0
  fi
  if ! is_ancestor "$live" "$COMMIT"; then
    refuse base "The branch is not based on $live, which runs in $ENVIRONMENT. Start the hotfix from that commit."
    return 0
  fi
  local own unreleased along
  own=$(git rev-list "$live..$COMMIT" | sort)
  unreleased=$(git rev-list "$live..origin/$TRUNK" | sort)
  along=$(comm -12 <(echo "$own") <(echo "$unreleased") | sed '/^$/d')
  if [ -n "$along" ]; then
    echo "Commits of $TRUNK that do not run in $ENVIRONMENT yet:"
    list <<<"$along"
    refuse base "The branch brings unreleased commits of $TRUNK along. Start the hotfix from $live."
  fi
}

# The author of a change does not change what controls it.
leaves_controls_alone() {
  local paths touched
  [ "$live" != none ] || return 0
  mapfile -t paths <<<"$CONTROL_PATHS"
  touched=$(git diff --name-only "$live" "$COMMIT" -- "${paths[@]}")
  if [ -n "$touched" ]; then
    echo "Files that control the pipeline:"
    list <<<"$touched"
    refuse controls "The hotfix changes what controls the pipeline. Fix the code now, the pipeline later."
  fi
}

# The commit by which a deployed hotfix is in this commit: itself, or where it was merged back.
holds_hotfix() {
  local merged
  if is_ancestor "$1" "$COMMIT"; then return 0; fi
  merged=$(ledger_read "merged/$ENVIRONMENT/$(branch_key "$2")" | jq --raw-output --arg commit "$1" '
    [.[] | select(.commit == $commit)] | last | .merged_as // ""')
  [ -n "$merged" ] && is_ancestor "$merged" "$COMMIT"
}

# No hotfix is undone: what was deployed by one is part of everything that is deployed later.
keeps_hotfixes() {
  local hotfixes commit branch
  hotfixes=$(deployed_hotfixes "$ENVIRONMENT")
  while IFS=$'\t' read -r commit branch; do
    if [ -z "$commit" ] || holds_hotfix "$commit" "$branch"; then continue; fi
    refuse hotfixes "Commit $COMMIT lacks the hotfix $commit of $branch, which was deployed to $ENVIRONMENT. Merge it back first."
  done <<<"$hotfixes"
}

# What people approved was the step from what was live then. Trunk may have moved on to a commit that this one holds.
live_unchanged() {
  if [ -z "${CHECKED_LIVE:-}" ] || [ "$CHECKED_LIVE" = "$live" ]; then return 0; fi
  if [ "$ROUTE" = trunk ]; then
    local branch
    if is_ancestor "$live" "$COMMIT"; then return 0; fi
    branch=$(ledger_read "deployment/$ENVIRONMENT" | jq --raw-output --arg live "$live" '
      [.[] | select(.outcome == "deployed" and .commit == $live)] | last | .branch // ""')
    if holds_hotfix "$live" "$branch"; then return 0; fi
  fi
  refuse live "$ENVIRONMENT ran $CHECKED_LIVE when this run was checked, and runs $live now. Start the run anew."
}

# The live commit is known only when every deployment that began has an outcome. The second time the lock of the
# environment is held, so nothing else is under way in it; the first time a run that goes on may still record one.
outcomes_are_known() {
  local forgotten run attempt commit
  forgotten=$(forgotten_deployments "$ENVIRONMENT")
  while IFS=$'\t' read -r run attempt commit; do
    if [ -z "$run" ] || [ "$run-$attempt" = "$RUN_ID-$RUN_ATTEMPT" ]; then continue; fi
    if [ -z "${CHECKED_LIVE:-}" ]; then
      case "$(run_state "$run")" in
        "completed "* | unknown) ;;
        *) continue ;;
      esac
    fi
    refuse outcome "Run $run began to deploy $commit to $ENVIRONMENT, and how it ended was not recorded. Find out what runs\
 there; then two people let one commit pass, and what it deploys is known again."
  done <<<"$forgotten"
}

ledger_fetch
live=$(live_commit "$ENVIRONMENT")
echo "Live in $ENVIRONMENT: $live"
output "live=$live"

comes_from_own_ref
if [ "$ROUTE" = hotfix ]; then
  # The second time there was something: then what is live has changed, which is refused below.
  if [ -z "${CHECKED_LIVE:-}" ] && [ "$live" != none ] && is_ancestor "$live" "$COMMIT" && git diff --quiet "$live" "$COMMIT"; then
    echo "::notice title=pipec::There is nothing to deploy to $ENVIRONMENT: the branch has no change."
    output proceed=false
    exit 0
  fi
  starts_from_live
  leaves_controls_alone
  claim_is_free >/dev/null
fi
outcomes_are_known
keeps_hotfixes
live_unchanged
output proceed=true
echo "Commit $COMMIT may go to $ENVIRONMENT."
