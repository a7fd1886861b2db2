#!/usr/bin/env bash
# Tells people about the run. A channel that does not answer does not fail the pipeline.
# Needs WEBHOOK (a secret), EVENT (started, waiting or ended), EVENTS (those that are told), NEEDS (the results of the
# jobs), OUTCOME (of the deployment, or empty), PIPELINE, ROUTE, BRANCH, COMMIT, ACTOR, CHANGES and RUN_ID.
set -euo pipefail

happened=$EVENT
if [ "$happened" = ended ]; then
  happened=$(jq --raw-output --arg outcome "$OUTCOME" '
    if $outcome == "rolled_back" then "rolled_back"
    elif any(.[]; .result | IN("failure", "cancelled")) then "failed"
    else "succeeded" end' <<<"$NEEDS")
fi
case " $EVENTS " in
  *" $happened "*) ;;
  *)
    echo "Nobody asked to be told of \`$happened\`."
    exit 0
    ;;
esac
if [ -z "$WEBHOOK" ]; then
  echo "::warning title=pipec::There is no webhook to tell of \`$happened\`."
  exit 0
fi
case "$happened" in
  started) what="has started" ;;
  waiting) what="waits for approval" ;;
  succeeded) what="has succeeded" ;;
  rolled_back) what="was rolled back" ;;
  *) what="has failed" ;;
esac
payload=$(jq --null-input \
  --arg text "$PIPELINE: $ROUTE of $BRANCH ($COMMIT, by $ACTOR) $what. $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$RUN_ID" \
  --arg changes "$CHANGES" '{text: ([$text, $changes] | map(select(. != "")) | join("\n"))}')
# The address is a secret: it goes in by standard input, not as an argument.
printf 'url = "%s"\n' "$WEBHOOK" |
  curl --config - --silent --show-error --fail --max-time 20 --retry 2 --output /dev/null \
    --header 'Content-Type: application/json' --data "$payload" ||
  echo "::warning title=pipec::The channel could not be told of \`$happened\`."
