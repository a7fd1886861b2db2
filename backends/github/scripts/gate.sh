#!/usr/bin/env bash
# The one required check of pull requests: every route that had to run has succeeded. A job that was skipped counts as
# passed for GitHub, so it is this check's business to know what may be skipped.
# Needs NEEDS (the results), WANTED (`ROUTE=true|false`, one on a line), and for pull requests from hotfix branches
# HEAD_BRANCH, HEAD_COMMIT, HOTFIX_PREFIX, PIPELINE, TRUNK and GH_TOKEN.
set -euo pipefail

while IFS='=' read -r route must; do
  [ -n "$route" ] || continue
  result=$(jq --raw-output --arg route "$route" '.[$route].result' <<<"$NEEDS")
  echo "$route: $result"
  if [ "$must" = true ] && [ "$result" != success ]; then exit 1; fi
  if [ "$must" != true ] && [ "$result" != skipped ]; then exit 1; fi
done <<<"$WANTED"

if [ -n "$HOTFIX_PREFIX" ] && [[ $HEAD_BRANCH == "$HOTFIX_PREFIX"* ]]; then
  # shellcheck source=ledger.sh
  . "$(dirname "$0")/ledger.sh"
  ledger_open "$(mktemp -d)"
  ledger_fetch
  passed=$(ledger_read "backfill/$(branch_key "$HEAD_BRANCH")" | jq --arg commit "$HEAD_COMMIT" 'any(.commit == $commit)')
  if [ "$passed" != true ]; then
    echo "::error title=pipec gate::The backfill of $HEAD_BRANCH has not passed on $HEAD_COMMIT. Run the workflow \`pipec $PIPELINE\` on the branch, then this check again."
    exit 1
  fi
fi
