#!/usr/bin/env bash
# What people enter into the ledger, each under the identity of their AWS credentials.
#
#   ledger.sh show    --environment NAME
#   ledger.sh live    --environment NAME --commit ID [--instead-of ID]   once at setup, and to correct it
#   ledger.sh merged  --environment NAME --branch NAME --commit ID       the commit of trunk that carries a squashed hotfix
#   ledger.sh consent --environment NAME --commit ID --guard GUARD --reason TEXT
#                                        break glass: of two people, then the guard lets the commit pass, for a day
#
# GUARD: base (what it is based on), controls (changes of the pipeline), hotfixes (that it lacks), live (what is live
# changed), claim (the branch was deployed before) or author (who approved wrote it)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
what=${1:-}
shift || usage
environment='' commit='' branch='' guard='' reason='' instead_of=''
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case "$1" in
    --environment) environment=$2 ;;
    --commit) commit=$2 ;;
    --branch) branch=$2 ;;
    --guard) guard=$2 ;;
    --reason) reason=$2 ;;
    --instead-of) instead_of=$2 ;;
    *) usage ;;
  esac
  shift 2
done
if ! jq --exit-status --arg name "$environment" '.environments | index($name)' deployment.json >/dev/null; then
  echo "there is no environment \`$environment\`; known are $(jq --raw-output '.environments | join(", ")' deployment.json)" >&2
  exit 2
fi
full_id() {
  if [[ ! $commit =~ ^[0-9a-f]{40}$ ]]; then
    echo "--commit takes the full id of a commit, 40 hexadecimal digits" >&2
    exit 2
  fi
}
given() {
  if [ -z "$2" ]; then
    echo "$1 is missing" >&2
    exit 2
  fi
}

table=$(jq --raw-output .ledger deployment.json)
AWS_REGION=$(jq --raw-output .region deployment.json)
export AWS_REGION
identity=$(aws sts get-caller-identity --output json)
who=$(jq --raw-output .Arn <<<"$identity")
moment=$(date -u +%Y-%m-%dT%H:%M:%S+00:00)
# DynamoDB's notation of texts: strings NAME VALUE…
strings() { jq -cn '[$ARGS.positional | _nwise(2) | {(.[0]): {S: .[1]}}] | add' --args "$@"; }
refused() {
  echo "refused: $1" >&2
  exit 1
}

case "$what" in
  show)
    aws dynamodb query --table-name "$table" --consistent-read --key-condition-expression 'pk = :e' \
      --expression-attribute-values "$(strings :e "$environment")" --output json |
      jq '[.Items[] | with_entries(.value |= (.S // .N // (.L // [] | map(.S))))]'
    ;;
  live)
    full_id
    echo "$who confirms: $commit is what runs in $environment now." >&2
    condition='attribute_not_exists(live)'
    values=$(strings :live "$commit" :by "$who" :at "$moment")
    if [ -n "$instead_of" ]; then
      condition='live = :old AND attribute_not_exists(lock_run)'
      values=$(jq -c --arg old "$instead_of" '. + {":old": {S: $old}}' <<<"$values")
    fi
    aws dynamodb update-item --table-name "$table" --key "$(strings pk "$environment" sk state)" \
      --update-expression 'SET live = :live, live_by = :by, live_at = :at, live_run = :by ADD generation :one' \
      --condition-expression "$condition" \
      --expression-attribute-values "$(jq -c '. + {":one": {N: "1"}}' <<<"$values")" ||
      refused "the ledger knows another commit already, or a run is in progress; see: ledger.sh show"
    ;;
  merged)
    full_id
    given --branch "$branch"
    aws dynamodb update-item --table-name "$table" --key "$(strings pk "$environment" sk "claim#$branch")" \
      --update-expression 'SET merged = :commit, merged_by = :by, merged_at = :at' \
      --condition-expression '#state = :deployed' --expression-attribute-names '{"#state": "state"}' \
      --expression-attribute-values "$(strings :commit "$commit" :by "$who" :at "$moment" :deployed deployed)" ||
      refused "no hotfix of that name is deployed to $environment; see: ledger.sh show"
    ;;
  consent)
    full_id
    given --guard "$guard"
    given --reason "$reason"
    case "$guard" in
      base | controls | hotfixes | live | claim | author) ;;
      *) usage ;;
    esac
    aws dynamodb put-item --table-name "$table" --item "$(strings pk "override#$(jq --raw-output .UserId <<<"$identity")" \
      sk "$environment#$commit#$guard" reason "$reason" by "$who" at "$moment")"
    echo "$who consents. A second person must do the same within a day; then start the run again, or retry the failed stage." >&2
    ;;
  *) usage ;;
esac
