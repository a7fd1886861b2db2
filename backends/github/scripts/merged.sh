#!/usr/bin/env bash
# Records which deployed hotfixes trunk has by now. A squash merge breaks ancestry, so GitHub is asked for the pull
# request, and what it merged must hold the commit that was deployed.
# Needs ENVIRONMENT, COMMIT and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

# The commit of trunk that merged the branch with this commit in it; nothing when there is none.
merge_of() {
  local pulls number merged
  pulls=$(gh api --method GET "repos/$GITHUB_REPOSITORY/pulls" --field state=closed --field base="$TRUNK" \
    --field head="${GITHUB_REPOSITORY%%/*}:$2" \
    --jq '.[] | select(.merged_at != null) | [.number, .merge_commit_sha] | @tsv')
  while IFS=$'\t' read -r number merged; do
    if [ -z "$number" ] || ! is_ancestor "$merged" "origin/$TRUNK"; then continue; fi
    ledger_git fetch --quiet --no-tags origin "refs/pull/$number/head" || continue
    if is_ancestor "$1" FETCH_HEAD; then
      echo "$merged"
      return 0
    fi
  done <<<"$pulls"
}

ledger_fetch
hotfixes=$(deployed_hotfixes "$ENVIRONMENT")
while IFS=$'\t' read -r commit branch; do
  [ -n "$commit" ] || continue
  name="merged/$ENVIRONMENT/$(branch_key "$branch")"
  known=$(ledger_read "$name" | jq --arg commit "$commit" 'any(.commit == $commit)')
  [ "$known" = false ] || continue
  if is_ancestor "$commit" "origin/$TRUNK"; then
    merged=$commit
  else
    merged=$(merge_of "$commit" "$branch")
  fi
  if [ -z "$merged" ]; then
    echo "Not merged back yet: $commit of $branch."
    continue
  fi
  record=$(jq --null-input --compact-output --arg commit "$commit" --arg branch "$branch" --arg merged_as "$merged" \
    --arg at "$(timestamp)" '$ARGS.named')
  ledger_create "$name/$commit" "$record" || [ $? = 1 ]
  echo "Merged back: $commit of $branch, as $merged."
done <<<"$hotfixes"
