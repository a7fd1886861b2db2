#!/usr/bin/env bash
# Opens the pull requests that bring a hotfix back. That there is one already, nothing to merge, or a conflict is an
# outcome and no failure; what a person must do becomes an issue, and the deadline stays.
# Needs BRANCH, INTO (one branch on a line), HOURS, REPORT_LABEL, PIPELINE and GH_TOKEN.
set -euo pipefail
# shellcheck source=issues.sh
. "$(dirname "$0")/issues.sh"

repository="repos/$GITHUB_REPOSITORY"
by_hand="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/compare"

# Whether the pull request can be merged; GitHub works it out some time after it was opened.
mergeable() {
  local answer
  for _ in 1 2 3 4 5; do
    answer=$(gh api "$repository/pulls/$1" --jq .mergeable)
    if [ "$answer" != null ]; then break; fi
    sleep "${PIPEC_POLL_SECONDS:-3}"
  done
  [ "$answer" != false ]
}

merge_back() {
  local base=$1 existing ahead pull
  existing=$(gh api --method GET "$repository/pulls" --field state=open --field base="$base" \
    --field head="${GITHUB_REPOSITORY%%/*}:$BRANCH" --jq '.[0].number // ""')
  if [ -n "$existing" ]; then
    echo "$base: pull request $existing is open."
    return 0
  fi
  ahead=$(gh api "$repository/compare/$base...$BRANCH" --jq .ahead_by)
  if [ "$ahead" = 0 ]; then
    echo "$base: there is nothing to merge."
    return 0
  fi
  if ! pull=$(gh api --method POST "$repository/pulls" --field base="$base" --field head="$BRANCH" \
    --field title="Merge $BRANCH back into $base" \
    --field body="Deployed as a hotfix. To be merged within $HOURS hours, when its backfill has passed." --jq .number); then
    open_issue "Merge $BRANCH back into $base" \
      "GitHub Actions may not open pull requests here. Open it by hand within $HOURS hours: $by_hand/$base...$BRANCH"
    return 0
  fi
  echo "$base: pull request $pull was opened."
  if ! mergeable "$pull"; then
    open_issue "Merge $BRANCH back into $base" \
      "Pull request #$pull has conflicts. Solve them within $HOURS hours; until then nothing else is deployed."
  fi
}

while read -r base; do merge_back "$base"; done <<<"$INTO"
