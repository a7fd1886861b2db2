#!/usr/bin/env bash
# Records that two people let a commit pass a guard: the one who started this run, and the one who approved it.
# Needs ENVIRONMENT, GUARD, COMMIT, REASON, ASKED_BY (who started the run), STARTED_BY (who started this attempt),
# APPROVAL_ENVIRONMENT, RUN_ID and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

fail() {
  echo "::error title=pipec override::$1"
  exit 1
}

case "$GUARD" in
  settings | source | base | controls | hotfixes | live | claim | outcome) ;;
  *) fail "There is no guard of that name." ;;
esac
[[ $COMMIT =~ ^[0-9a-f]{40}$ ]] || fail "A commit is named by its 40 digits."
[[ $REASON =~ [^[:space:]] ]] || fail "An override needs a reason."

given_by=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$RUN_ID/approvals" | jq --raw-output \
  --arg environment "$APPROVAL_ENVIRONMENT" --arg asked "$ASKED_BY" --arg started "$STARTED_BY" '
  [.[] | select(.state == "approved") | select(any(.environments[]; .name == $environment)) | .user.login]
  | map(select(. != $asked and . != $started)) | first // ""')
[ -n "$given_by" ] || fail "Nobody but $ASKED_BY agreed."

ledger_open "$(mktemp -d)"
record=$(jq --null-input --compact-output --arg guard "$GUARD" --arg commit "$COMMIT" --arg reason "$REASON" \
  --arg asked_by "$ASKED_BY" --arg given_by "$given_by" --arg run "$RUN_ID" --arg at "$(timestamp)" '$ARGS.named')
status=0
ledger_create "override/$ENVIRONMENT/$GUARD/$COMMIT" "$record" || status=$?
[ "$status" != 2 ] || fail "The override could not be recorded."
echo "$ASKED_BY and $given_by let $COMMIT pass the guard \`$GUARD\` of $ENVIRONMENT."
