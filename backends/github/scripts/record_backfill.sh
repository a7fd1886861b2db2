#!/usr/bin/env bash
# Records that what the hotfix left out has passed on this commit of its branch.
# Needs BRANCH, BRANCH_PATTERN, COMMIT, RUN_ID, RUN_ATTEMPT and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

if [ "$GITHUB_REF" != "refs/heads/$BRANCH" ] || ! [[ $BRANCH =~ $BRANCH_PATTERN ]]; then
  echo "::error title=pipec backfill::$GITHUB_REF is not the name of a hotfix branch."
  exit 1
fi
ledger_open "$(mktemp -d)"
record=$(jq --null-input --compact-output --arg branch "$BRANCH" --arg commit "$COMMIT" --arg run "$RUN_ID" \
  --arg at "$(timestamp)" '$ARGS.named')
ledger_create "backfill/$(branch_key "$BRANCH")/$RUN_ID-$RUN_ATTEMPT" "$record" || [ $? = 1 ]
echo "Recorded: the backfill of $BRANCH has passed on $COMMIT."
