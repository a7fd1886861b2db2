#!/usr/bin/env bash
# Judges what hotfixes owe: that their backfill passes and that they are merged back, in time; and how many there are.
# A debt or too many hotfixes opens an issue. With STRICT=true an overdue debt fails the run; it never stops a hotfix.
# Needs ENVIRONMENT, WITHIN in seconds, LIMIT and PER in seconds (0: none), MONITOR (a workflow file to watch, or
# empty) and PERIOD in seconds, STRICT, REPORT_LABEL, PIPELINE, TRUNK and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"
# shellcheck source=issues.sh
. "$(dirname "$0")/issues.sh"

failed=false
now=$(date -u +%s)

# Trunk has the commit, itself or as what it was merged as.
is_merged() {
  local merged
  if is_ancestor "$1" "origin/$TRUNK"; then return 0; fi
  merged=$(ledger_read "merged/$ENVIRONMENT/$(branch_key "$2")" | jq --arg commit "$1" 'any(.commit == $commit)')
  [ "$merged" = true ]
}

# The backfill passed on that commit or on a later one of its branch.
is_backfilled() {
  local commits commit
  commits=$(ledger_read "backfill/$(branch_key "$2")" | jq --raw-output '.[].commit')
  for commit in $commits; do
    if is_ancestor "$1" "$commit" || [ "$1" = "$commit" ]; then return 0; fi
  done
  return 1
}

judge_debts() {
  local hotfixes commit branch age owed
  hotfixes=$(ledger_read "deployment/$ENVIRONMENT" | jq --raw-output --argjson now "$now" '
    .[] | select(.outcome == "deployed" and .route == "hotfix")
    | [.commit, .branch, $now - (.at | fromdate)] | @tsv')
  while IFS=$'\t' read -r commit branch age; do
    [ -n "$commit" ] || continue
    owed=""
    if ! is_backfilled "$commit" "$branch"; then owed="its backfill has not passed"; fi
    if ! is_merged "$commit" "$branch"; then owed="${owed:+$owed and }it is not merged back"; fi
    if [ -z "$owed" ]; then continue; fi
    echo "Hotfix $branch, deployed $((age / 3600)) h ago: $owed."
    if [ "$age" -gt "$WITHIN" ]; then
      open_issue "Overdue hotfix: $branch" "Commit $commit was deployed to $ENVIRONMENT $((age / 3600)) hours ago: $owed."
      failed=true
    fi
  done <<<"$hotfixes"
}

# Many hotfixes say that the normal pipeline is too slow, or that it is walked around.
judge_frequency() {
  local count
  [ "$LIMIT" -gt 0 ] || return 0
  count=$(ledger_read "deployment/$ENVIRONMENT" | jq --argjson since "$((now - PER))" '
    [.[] | select(.outcome == "deployed" and .route == "hotfix" and (.at | fromdate) >= $since)] | length')
  if [ "$count" -gt "$LIMIT" ]; then
    echo "::warning title=pipec hotfixes::$count hotfixes within $((PER / 86400)) days; $LIMIT are normal."
    open_issue "Too many hotfixes of $PIPELINE" \
      "$count hotfixes were deployed to $ENVIRONMENT within $((PER / 86400)) days; $LIMIT are normal. Is the pipeline too slow, or walked around?"
  fi
}

# A schedule stops by itself: in idle public repositories, and when its last editor leaves.
judge_monitor() {
  local workflow state created last
  [ -n "$MONITOR" ] || return 0
  workflow=$(gh api "repos/$GITHUB_REPOSITORY/actions/workflows/$MONITOR")
  state=$(jq --raw-output .state <<<"$workflow")
  created=$(jq '.created_at | sub("\\.[0-9]+"; "") | sub("[+-][0-9:]+$"; "Z") | fromdate' <<<"$workflow")
  last=$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/workflows/$MONITOR/runs" --field per_page=1 \
    --jq '.workflow_runs[0].created_at // empty | fromdate')
  if [ "$state" != active ]; then
    echo "::error title=pipec monitor::$MONITOR is $state: nobody watches the deadlines. Enable it."
    failed=true
  elif [ $((now - ${last:-$created})) -gt $((2 * PERIOD)) ]; then
    echo "::error title=pipec monitor::$MONITOR has not run for two periods: nobody watches the deadlines."
    failed=true
  fi
}

ledger_fetch
judge_debts
judge_frequency
judge_monitor
if [ "$failed" = true ] && [ "$STRICT" = true ]; then exit 1; fi
