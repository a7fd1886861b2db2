#!/usr/bin/env bash
# The metrics of delivery, from the ledger: only deployments that succeeded count, hotfixes and what was rolled
# back apart. Writes metrics.json and a summary. Needs ENVIRONMENT, DAYS, PIPELINE, TRUNK and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

ledger_fetch
# When each deployed commit was written, for the lead time.
written='{}'
commits=$(ledger_read "deployment/$ENVIRONMENT" | jq --raw-output '[.[] | select(.outcome == "deployed") | .commit] | unique[]')
for commit in $commits; do
  at=$(git show --no-patch --format=%ct "$commit" 2>/dev/null || true)
  if [ -n "$at" ]; then written=$(jq --arg commit "$commit" --argjson at "$at" '.[$commit] = $at' <<<"$written"); fi
done
records=$(ledger_read "deployment/$ENVIRONMENT")
jq --argjson written "$written" --argjson since "$(($(date -u +%s) - DAYS * 86400))" --argjson days "$DAYS" '
  def mean: if length == 0 then null else add / length | floor end;
  [.[] | select(.outcome != "recorded") | .time = (.at | fromdate) | select(.time >= $since)] as $all
  | [$all[] | select(.outcome == "deployed")] as $deployed
  | [$all[] | select(.outcome == "failed" or .outcome == "rolled_back")] as $failed
  | {
      days: $days,
      deployments: ($deployed | map(select(.route != "hotfix")) | length),
      hotfixes: ($deployed | map(select(.route == "hotfix")) | length),
      failed: ($failed | map(select(.outcome == "failed")) | length),
      rolled_back: ($failed | map(select(.outcome == "rolled_back")) | length),
      change_failure_rate: (if ($deployed + $failed) == [] then null else ($failed | length) / ($deployed + $failed | length) end),
      deploy_frequency_per_day: (($deployed | length) / $days),
      lead_time_seconds: ([$deployed[] | select($written[.commit]) | .time - $written[.commit]] | mean),
      mtbf_seconds: ([$failed[].time] | [range(1; length) as $i | .[$i] - .[$i - 1]] | mean),
      mttr_seconds: ([$failed[] | .time as $at | first($deployed[] | select(.time > $at) | .time - $at)] | mean)
    }' <<<"$records" >metrics.json
{
  echo "### $PIPELINE in $ENVIRONMENT, last $DAYS days"
  echo
  jq --raw-output '"| metric | value |", "| --- | --- |", (to_entries[] | "| \(.key) | \(.value // "unknown") |")' metrics.json
} >>"$GITHUB_STEP_SUMMARY"
cat metrics.json
