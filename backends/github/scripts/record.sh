#!/usr/bin/env bash
# `record.sh begin` records that a deployment begins, directly before its first step; without an argument, how it ended:
# one that succeeded makes its commit the live one. Writes nothing when nothing was begun. Needs ENVIRONMENT, ROUTE, COMMIT, BRANCH, BRANCH_PATTERN, RUN_ID, RUN_ATTEMPT, ACTOR, PIPEC_STATE;
# at the end also JOB_STATUS, and ROLLBACKS: the outcomes of the steps that take deployments back.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

if [ "${1:-}" = begin ]; then
  mkdir -p "$PIPEC_STATE"
  ledger_fetch
  after=$(ledger_read "deployment/$ENVIRONMENT" | jq 'last | .number // 0')
  record=$(jq --null-input --compact-output --argjson after "$after" --arg commit "$COMMIT" --arg route "$ROUTE" \
    --arg branch "$BRANCH" --arg run "$RUN_ID" --arg attempt "$RUN_ATTEMPT" --arg at "$(timestamp)" '$ARGS.named')
  # What is begun has an outcome, even when this step is where it ended.
  touch "$PIPEC_STATE/announced"
  ledger_create "begun/$ENVIRONMENT/$RUN_ID-$RUN_ATTEMPT" "$record" || [ $? = 1 ]
  echo "Recorded: commit $COMMIT begins in $ENVIRONMENT."
  exit 0
fi

claim=0
[ ! -f "$PIPEC_STATE/claim" ] || claim=$(cat "$PIPEC_STATE/claim")
begun=false
[ ! -f "$PIPEC_STATE/begun" ] || begun=true
if [ "$begun" = false ] && [ "$claim" = 0 ] && [ ! -f "$PIPEC_STATE/announced" ]; then
  echo "Nothing was begun, so there is nothing to record."
  exit 0
fi

if [ "$JOB_STATUS" = success ]; then
  outcome=deployed
elif [ "$begun" = true ] && [[ $ROLLBACKS =~ ^\ *success(\ success)*\ *$ ]]; then
  outcome=rolled_back
else
  outcome=failed
fi

incident=""
if [ "$ROUTE" = hotfix ] && [[ $BRANCH =~ $BRANCH_PATTERN ]]; then incident=${BASH_REMATCH[1]:-}; fi
for try in 1 2 3 4 5; do
  if ledger_fetch; then
    number=$(ledger_read "deployment/$ENVIRONMENT" | jq '(last | .number // 0) + 1')
    record=$(jq --null-input --compact-output \
      --argjson number "$number" --arg outcome "$outcome" --arg commit "$COMMIT" --arg route "$ROUTE" \
      --arg branch "$BRANCH" --argjson claim "$claim" --arg incident "$incident" --arg run "$RUN_ID" \
      --arg attempt "$RUN_ATTEMPT" --arg actor "$ACTOR" --arg at "$(timestamp)" \
      '$ARGS.named')
    if ledger_create "deployment/$ENVIRONMENT/$(printf %06d "$number")" "$record"; then
      echo "Recorded: $outcome, commit $COMMIT in $ENVIRONMENT."
      echo "outcome=$outcome" >>"$GITHUB_OUTPUT"
      exit 0
    fi
  fi
  sleep "$((try * ${PIPEC_POLL_SECONDS:-3}))"
done
echo "::error title=pipec ledger::The outcome \`$outcome\` of $COMMIT in $ENVIRONMENT could not be recorded."
exit 1
