# shellcheck shell=bash
# The guard: whether this commit may be deployed to the environment. Runs on a full clone, before approval is asked.
# What it found out is exported for the claim, which refuses when the ledger changed in between.
#
# ROUTE, ENVIRONMENT, COMMIT, PIPELINE, RUN: of this run · TRUNK: the protected branch · LEDGER: the table
# BRANCHES: what names of hotfix branches look like; the first group is the incident
# BRANCH_FROM: `source` or `variables`, where CodePipeline keeps the name of the branch
# PROTECTED: path patterns of what controls the pipeline, one a line
set -euo pipefail

# Why every guard is passed nevertheless.
excuse=
# Of each guard the two or more people who let this commit pass it: GUARD and names, separated by a tab.
consents=
stop() {
  echo "refused: $1" >&2
  exit 1
}
# refuse GUARD MESSAGE
refuse() {
  local reason=$excuse names
  names=$(awk -F '\t' -v guard="$1" '$1 == guard { print $2 }' <<<"$consents")
  [ -z "$names" ] || reason="with the consent of $names"
  [ -n "$reason" ] || stop "$2"
  echo "passed ($reason): $2"
}
# Whether commit $1 is part of commit $2.
contains() { git cat-file -e "$1^{commit}" 2>/dev/null && git merge-base --is-ancestor "$1" "$2"; }
key() { jq -cn --arg pk "$ENVIRONMENT" --arg sk "$1" '{pk: {S: $pk}, sk: {S: $sk}}'; }

run=$(aws codepipeline get-pipeline-execution --pipeline-name "$PIPELINE" --pipeline-execution-id "$RUN" --output json)
if [ "$(jq -r '.pipelineExecution.executionType // "STANDARD"' <<<"$run")" = ROLLBACK ]; then
  excuse="a rollback is never held up"
fi

# What is live is about to change while another run holds the lock.
until=$((SECONDS + ${WAIT_SECONDS:-1800}))
while :; do
  state=$(aws dynamodb get-item --table-name "$LEDGER" --consistent-read --key "$(key state)" --output json)
  [ -n "$state" ] || state='{}'
  holder=$(jq -r '.Item.lock_run.S // ""' <<<"$state")
  if [ -z "$holder" ] || [ "$holder" = "$RUN" ] || [ -n "$excuse" ]; then break; fi
  echo "run $holder is changing $ENVIRONMENT"
  [ "$SECONDS" -lt "$until" ] || stop "run $holder holds the lock of $ENVIRONMENT; stop it or wait for it, then start again"
  sleep "${PIPEC_POLL_SECONDS:-15}"
done
live=$(jq -r '.Item.live.S // ""' <<<"$state")
GENERATION=$(jq -r '.Item.generation.N // "0"' <<<"$state")

# A consent counts for a day. Texts of moments are ordered like the moments; clocks differ by minutes.
moment() { date -u -d "$1" +%Y-%m-%dT%H:%M:%S+00:00; }
values=$(jq -cn --arg s "$ENVIRONMENT#$COMMIT#" '{":s": {S: $s}, ":o": {S: "override#"}}')
consents=$(aws dynamodb scan --table-name "$LEDGER" --consistent-read --output json \
  --filter-expression 'begins_with(sk, :s) and begins_with(pk, :o)' --expression-attribute-values "$values" |
  jq -r --arg from "$(moment '1 day ago')" --arg to "$(moment '5 minutes')" '
    [.Items[] | select((.at.S // "") >= $from and .at.S <= $to)
      | {guard: (.sk.S | sub(".*#"; "")), who: (.pk.S | ltrimstr("override#") | sub(".*:"; "") | ascii_downcase)}]
    | group_by(.guard)[] | {guard: .[0].guard, people: (map(.who) | unique)}
    | select(.people | length > 1) | [.guard, (.people | join(" and "))] | @tsv')

git fetch --quiet origin "+refs/heads/$TRUNK:refs/remotes/origin/$TRUNK"
tip=refs/remotes/origin/$TRUNK
[ "$(git rev-parse HEAD)" = "$COMMIT" ] || stop "the checkout is $(git rev-parse HEAD), the run is of $COMMIT"

BRANCH=$TRUNK
INCIDENT=-
DEPLOY=yes
if [ "$ROUTE" = hotfix ]; then
  if [ "$BRANCH_FROM" = variables ]; then
    variable() { jq -r --arg name "$1" '.pipelineExecution.variables[]? | select(.name == $name).resolvedValue' <<<"$run"; }
    BRANCH=$(variable BRANCH)
    # In PARALLEL mode the source is the head of the branch, which may be newer than the event.
    [ "$(variable COMMIT)" = "$COMMIT" ] || stop "the event named $(variable COMMIT), the source is $COMMIT"
  else
    BRANCH=$(aws codepipeline list-action-executions --pipeline-name "$PIPELINE" --filter "pipelineExecutionId=$RUN" \
      --output json | jq -r 'first(.actionExecutionDetails[].output.outputVariables.BranchName // empty)')
  fi
  incident=$(jq -rn --arg name "$BRANCH" --arg form "^(?:$BRANCHES)\$" \
    '$name | select(test("^[A-Za-z0-9._/-]+$")) | match($form) | .captures[0].string // "-"')
  # A name of any other form is not exported, whoever consents: later actions rely on its alphabet.
  [ -n "$incident" ] || stop "the branch does not have the name of a hotfix branch ($BRANCHES)"
  INCIDENT=$incident
  # Without a base nothing can be compared, so no consent helps here.
  [ -n "$live" ] || stop "(H8) nobody recorded what is live in $ENVIRONMENT; run: ledger.sh live"
  if ! contains "$live" "$COMMIT"; then
    refuse base "(H8) $BRANCH is not based on what runs in $ENVIRONMENT ($live): make the fix on top of it"
  else
    # Commits since the live one that trunk has too are unreleased work.
    shared=$(($(git rev-list --count "$live..$COMMIT") - $(git rev-list --count "$COMMIT" "^$live" "^$tip")))
    [ "$shared" -eq 0 ] || refuse base "(H8) $BRANCH brings $shared other commits of $TRUNK along"
    mapfile -t patterns <<<"$PROTECTED"
    touched=$(git diff --name-only "$live" "$COMMIT" -- "${patterns[@]}")
    [ -z "$touched" ] || refuse controls "(H10) $BRANCH changes what controls the pipeline: ${touched//$'\n'/, }"
    if git diff --quiet "$live" "$COMMIT"; then
      DEPLOY=no
      echo "nothing to deploy: $BRANCH does not differ from what runs in $ENVIRONMENT"
    fi
  fi
elif ! contains "$COMMIT" "$tip"; then
  refuse base "$COMMIT is not a commit of $TRUNK"
fi

# Hotfixes of the environment that trunk may not have yet.
values=$(jq -cn --arg e "$ENVIRONMENT" '{":e": {S: $e}, ":c": {S: "claim#"}}')
hotfixes=$(aws dynamodb query --table-name "$LEDGER" --consistent-read --output json \
  --key-condition-expression 'pk = :e and begins_with(sk, :c)' --expression-attribute-values "$values" |
  jq -r '.Items[] | select(.state.S == "deployed") | [.branch.S, .commit.S, .merged.S // "-"] | @tsv')
while IFS=$'\t' read -r branch commit merged; do
  if [ -z "$branch" ] || [ "$DEPLOY" = no ]; then continue; fi
  if [ "$merged" = - ] && contains "$commit" "$tip"; then
    values=$(jq -cn --arg c "$commit" '{":c": {S: $c}}')
    aws dynamodb update-item --table-name "$LEDGER" --key "$(key "claim#$branch")" --update-expression 'SET merged = :c' \
      --expression-attribute-values "$values"
  fi
  if ! contains "$commit" "$COMMIT" && { [ "$merged" = - ] || ! contains "$merged" "$COMMIT"; }; then
    refuse hotfixes "(H9) $COMMIT lacks the hotfix $branch ($commit): merge it; after a squash run: ledger.sh merged"
  fi
done <<<"$hotfixes"

# Who wrote what is new: `-` nobody, `*` cannot be told. The claim gets them as JSON in a text of limited length, so an
# address of another form, or one too many, leaves none of them out silently.
AUTHORS='*'
if authors=$(git log --format=%ae "${live:+$live..}$COMMIT" 2>/dev/null | sed 's/^$/?/' | sort -u) &&
  ! grep -qvEx '[A-Za-z0-9._%+@-]+' <<<"${authors:--}" && [ "${#authors}" -le 300 ]; then
  AUTHORS=${authors:--}
  AUTHORS=${AUTHORS//$'\n'/ }
fi
LIVE=${live:-$COMMIT}
COMMITTED=$(git log -1 --format=%ct "$COMMIT")
export COMMIT LIVE GENERATION BRANCH INCIDENT DEPLOY AUTHORS COMMITTED
