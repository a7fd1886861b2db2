# shellcheck shell=bash
# A hotfix branch deploys to an environment once. The claim is taken by the run that deploys; `deployed` is final,
# `failed` and `rolled_back` leave the branch free for another claim. Needs ledger.sh, ENVIRONMENT, BRANCH, RUN_ID.

# What became of a claim: deployed, failed, rolled_back, or open.
claim_outcome() {
  ledger_read "deployment/$ENVIRONMENT" | jq --raw-output --arg branch "$BRANCH" --argjson claim "$1" '
    [.[] | select(.route == "hotfix" and .branch == $branch and .claim == $claim)] | last | .outcome // "open"'
}

# What became of the run of an open claim: the platform knows, its age says nothing.
run_state() {
  local answer
  if answer=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$1" --jq '[.status, .conclusion // "none"] | join(" ")' 2>/dev/null); then
    echo "$answer"
  else
    echo unknown
  fi
}

# Prints the number of the claim that this run may take, or of the one that it has, as `mine N` or `free N`. Ends the
# run when it may take none.
claim_is_free() {
  local last number run
  last=$(ledger_read "claim/$ENVIRONMENT/$(branch_key "$BRANCH")" | jq --compact-output 'last // {}')
  number=$(jq '.number // 0' <<<"$last")
  run=$(jq --raw-output '.run // ""' <<<"$last")
  if [ "$number" = 0 ]; then
    echo "free 1"
    return 0
  fi
  if [ "$run" = "$RUN_ID" ]; then
    echo "mine $number"
    return 0
  fi
  case "$(claim_outcome "$number")" in
    failed | rolled_back) ;;
    deployed) refuse claim "$BRANCH was deployed to $ENVIRONMENT by run $run. A further fix needs a branch of a new name." >&2 ;;
    *)
      case "$(run_state "$run")" in
        "completed success") refuse claim "$BRANCH was deployed to $ENVIRONMENT by run $run." >&2 ;;
        "completed "*) ;;
        unknown) refuse claim "$BRANCH is claimed for $ENVIRONMENT by run $run, of which GitHub knows nothing." >&2 ;;
        *) refuse claim "$BRANCH is claimed for $ENVIRONMENT by run $run, which has not ended." >&2 ;;
      esac
      ;;
  esac
  echo "free $((number + 1))"
}
