#!/usr/bin/env bash
# Takes the claim on a hotfix branch: after approval, directly before the first deployment step.
# Needs ENVIRONMENT, COMMIT, BRANCH, BRANCH_PATTERN, RUN_ID and PIPEC_STATE, a folder.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"
# shellcheck source=claims.sh
. "$(dirname "$0")/claims.sh"

[[ $BRANCH =~ $BRANCH_PATTERN ]]
incident=${BASH_REMATCH[1]:-}
mkdir -p "$PIPEC_STATE"
for _ in 1 2 3; do
  ledger_fetch
  answer=$(claim_is_free)
  number=${answer#* }
  if [ "$answer" = "mine $number" ]; then
    echo "This run holds claim $number on $BRANCH."
    echo "$number" >"$PIPEC_STATE/claim"
    exit 0
  fi
  record=$(jq --null-input --compact-output \
    --argjson number "$number" --arg run "$RUN_ID" --arg commit "$COMMIT" --arg branch "$BRANCH" \
    --arg incident "$incident" --arg at "$(timestamp)" \
    '{number: $number, run: $run, commit: $commit, branch: $branch, incident: $incident, at: $at}')
  status=0
  ledger_create "claim/$ENVIRONMENT/$(branch_key "$BRANCH")/$(printf %03d "$number")" "$record" || status=$?
  if [ "$status" = 0 ]; then
    echo "Claim $number on $BRANCH is taken by run $RUN_ID."
    echo "$number" >"$PIPEC_STATE/claim"
    exit 0
  fi
  [ "$status" = 1 ] || break
done
echo "::error title=pipec claim::$BRANCH could not be claimed for $ENVIRONMENT."
exit 1
