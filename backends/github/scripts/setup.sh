#!/usr/bin/env bash
# Sets what the pipeline relies on and cannot carry in its workflows, or checks it. Everything comes from settings.json
# beside this file. Run by an administrator of the repository, with gh logged in:
#
#   setup.sh --dry-run                  says what it would change
#   setup.sh                            changes it; doing so again changes nothing
#   setup.sh --check                    compares, prints evidence as JSON, and fails on a difference
#   setup.sh --live ENVIRONMENT COMMIT --confirmed-by NAME
#                                       records what runs in an environment before the first deployment
#
# Rights: administration of the repository; for the organisation's ruleset those of an organisation owner.
set -euo pipefail
shopt -s inherit_errexit

settings=$(cat "$(dirname "$0")/settings.json")
GH_HOST=$(jq --raw-output .server <<<"$settings")
export GH_HOST
repository=$(jq --raw-output .repository <<<"$settings")
organization=${repository%%/*}
dry_run=false

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# Reads. Prints `null` where there is nothing, or where the token may not look.
get() {
  local answer
  # gh prints the body of an error too.
  if answer=$(gh api "$1" 2>/dev/null); then echo "$answer"; else echo null; fi
}

# Changes: `change METHOD PATH [BODY]`.
change() {
  echo "$1 $2${3:+ $3}"
  if [ "$dry_run" = true ]; then return 0; fi
  if [ -n "${3:-}" ]; then
    gh api --method "$1" "$2" --input - <<<"$3" >/dev/null
  else
    gh api --method "$1" "$2" >/dev/null
  fi
}

team_id() {
  get "orgs/$organization/teams/$1" | jq --exit-status .id || {
    echo "setup.sh: the organisation has no team $1" >&2
    exit 1
  }
}

environment_body() {
  local body=$1 reviewers='[]' team id
  while read -r team; do
    [ -n "$team" ] || continue
    id=$(team_id "$team") || return
    reviewers=$(jq --argjson id "$id" '. + [{type: "Team", id: $id}]' <<<"$reviewers")
  done <<<"$(jq --raw-output '.reviewers[] | sub("^Team:"; "")' <<<"$body")"
  jq --compact-output --argjson reviewers "$reviewers" '{
    wait_timer: 0,
    prevent_self_review: .prevent_self_review,
    reviewers: $reviewers,
    deployment_branch_policy: {protected_branches: false, custom_branch_policies: true}
  }' <<<"$body"
}

ruleset_body() {
  local body=$1 team id
  while read -r team; do
    [ -n "$team" ] || continue
    id=$(team_id "$team") || return
    body=$(jq --argjson id "$id" '.bypass_actors += [{actor_id: $id, actor_type: "Team", bypass_mode: "always"}]' <<<"$body")
  done <<<"$(jq --raw-output '.bypass_teams[]?' <<<"$body")"
  jq --compact-output 'del(.bypass_teams)' <<<"$body"
}

set_environment() {
  local wanted=$1 name body policies policy
  name=$(jq --raw-output .name <<<"$wanted")
  body=$(environment_body "$wanted") || return
  change PUT "repos/$repository/environments/$name" "$body"
  policies=$(get "repos/$repository/environments/$name/deployment-branch-policies?per_page=100" |
    jq --compact-output '[.branch_policies[]? | {id, name, type: (.type // "branch")}]')
  while read -r policy; do
    [ -n "$policy" ] || continue
    change POST "repos/$repository/environments/$name/deployment-branch-policies" "$policy"
  done <<<"$(jq --compact-output --argjson have "$policies" '
    ([.branches[] | {name: ., type: "branch"}] + [.tags[] | {name: ., type: "tag"}])[]
    | select(. as $wanted | $have | any(.name == $wanted.name and .type == $wanted.type) | not)' <<<"$wanted")"
  while read -r policy; do
    [ -n "$policy" ] || continue
    change DELETE "repos/$repository/environments/$name/deployment-branch-policies/$policy"
  done <<<"$(jq --argjson have "$policies" '
    ([.branches[] | "branch:" + .] + [.tags[] | "tag:" + .]) as $wanted
    | $have[] | select("\(.type):\(.name)" as $one | $wanted | index($one) | not) | .id' <<<"$wanted")"
  if [ "$(jq '.reviewers != []' <<<"$wanted")" = true ]; then
    echo "By hand: https://$GH_HOST/$repository/settings/environments, $name: clear \"Allow administrators to bypass" \
      "configured protection rules\". No API sets it; --check and every run look at it."
  fi
}

ruleset_id() {
  get "$1/rulesets?per_page=100" | jq --raw-output --arg name "$2" '[.[]? | select(.name == $name)] | first | .id // ""'
}

# `set_ruleset PLACE BODY`: PLACE is `repos/OWNER/NAME` or `orgs/OWNER`. Callers go on when it fails, for which the shell
# switches `set -e` off inside.
set_ruleset() {
  local name id body
  name=$(jq --raw-output .name <<<"$2") || return
  body=$(ruleset_body "$2") || return
  id=$(ruleset_id "$1" "$name") || return
  if [ -n "$id" ]; then
    change PUT "$1/rulesets/$id" "$body"
  else
    change POST "$1/rulesets" "$body"
  fi
}

# One JSON value on a line, by the name of the list in the settings.
each() { jq --compact-output --arg name "$1" '.[$name][]' <<<"$settings"; }

set_all() {
  local item
  while read -r item; do set_environment "$item"; done <<<"$(each environments)"
  while read -r item; do set_ruleset "repos/$repository" "$item"; done <<<"$(each rulesets)"
  while read -r item; do
    [ -z "$item" ] || set_ruleset "orgs/$organization" "$item" ||
      echo "By hand: an owner of $organization runs this script, or adds the ruleset $(jq .name <<<"$item")."
  done <<<"$(each organization_rulesets)"
  change PUT "repos/$repository/actions/permissions/workflow" "$(jq --compact-output .actions <<<"$settings")"
  for item in $(jq --raw-output '.secrets[]' <<<"$settings"); do
    echo "By hand, unless it is there: gh secret set $item --repo $repository"
  done
  echo "Parameters of the templates in aws/: $(oidc)"
}

# What the trust policies of the AWS roles must name.
oidc() {
  local id owner_id subject
  id=$(get "repos/$repository" | jq .id)
  owner_id=$(get "repos/$repository" | jq .owner.id)
  subject=$(get "repos/$repository/actions/oidc/customization/sub")
  jq --raw-output --arg repository "$repository" --arg id "$id" --arg owner_id "$owner_id" '
    ($repository | split("/")) as [$owner, $name]
    | if .use_default == false then
        "the subject claim of this repository is customised; the templates need the default one"
      elif .use_immutable_subject == true then
        "RepositoryId=\($id) SubjectPrefix=repo:\($owner)@\($owner_id)/\($name)@\($id)"
      else
        "RepositoryId=\($id) SubjectPrefix=repo:\($repository)"
      end' <<<"$subject"
}

# `evidence CHECK WANTED FOUND`: one object; they are equal or they are not.
evidence() {
  jq --null-input --compact-output --arg check "$1" --argjson wanted "$2" --argjson found "$3" \
    '{check: $check, ok: ($wanted == $found), wanted: $wanted, found: $found}'
}

check_environment() {
  local name environment policies
  name=$(jq --raw-output .name <<<"$1")
  environment=$(get "repos/$repository/environments/$name")
  policies=$(get "repos/$repository/environments/$name/deployment-branch-policies?per_page=100")
  evidence "environment $name" "$1" "$(jq --compact-output --arg name "$name" --argjson policies "$policies" \
    --from-file "$(dirname "$0")/environment.jq" <<<"$environment")"
}

# Prints two lines: a ruleset that is wanted, and of the one that is there the same fields. GitHub adds others.
comparable() {
  jq --null-input --compact-output --argjson wanted "$1" --argjson found "$2" '
    def sorted:
      if type == "array" then map(sorted) | sort_by(.type? // .context? // .actor_id? // .)
      elif type == "object" then map_values(sorted)
      else . end;
    def fields_of($wanted):
      . as $found
      | if ($wanted | type) == "object" and type == "object" then
          reduce ($wanted | keys_unsorted[]) as $key ({}; .[$key] = ($found[$key] | fields_of($wanted[$key])))
        elif ($wanted | type) == "array" and type == "array" and ($wanted | length) == length then
          [range(length) as $i | $found[$i] | fields_of($wanted[$i])]
        else . end;
    ($wanted | sorted) as $wanted | $wanted, ($found | sorted | fields_of($wanted))'
}

check_ruleset() {
  local name id found=null both
  name=$(jq --raw-output .name <<<"$2")
  id=$(ruleset_id "$1" "$name")
  if [ -n "$id" ]; then found=$(get "$1/rulesets/$id"); fi
  both=$(comparable "$(ruleset_body "$2")" "$found")
  evidence "ruleset $name" "$(sed -n 1p <<<"$both")" "$(sed -n 2p <<<"$both")"
}

check_all() {
  local item name
  while read -r item; do check_environment "$item"; done <<<"$(each environments)"
  while read -r item; do check_ruleset "repos/$repository" "$item"; done <<<"$(each rulesets)"
  while read -r item; do [ -z "$item" ] || check_ruleset "orgs/$organization" "$item"; done <<<"$(each organization_rulesets)"
  evidence "rights of workflows" "$(jq --compact-output .actions <<<"$settings")" \
    "$(get "repos/$repository/actions/permissions/workflow")"
  evidence "visibility" "$(jq .visibility <<<"$settings")" "$(get "repos/$repository" | jq '.visibility // null')"
  evidence "default branch" "$(jq .trunk <<<"$settings")" "$(get "repos/$repository" | jq '.default_branch // null')"
  evidence "subject of identities" '"default"' "$(get "repos/$repository/actions/oidc/customization/sub" |
    jq 'if . == null then null elif .use_default == false then "customised" else "default" end')"
  while read -r name; do
    [ -n "$name" ] || continue
    evidence "secret $name" "\"$name\"" "$(get "repos/$repository/actions/secrets/$name" | jq '.name // null')"
  done <<<"$(jq --raw-output '.secrets[]' <<<"$settings")"
  while read -r name; do
    [ -n "$name" ] || continue
    evidence "live commit of $name" true \
      "$(get "repos/$repository/git/matching-refs/tags/$(ledger)/deployment/$name/" | jq 'type == "array" and length > 0')"
  done <<<"$(jq --raw-output '.live[]' <<<"$settings")"
}

ledger() { echo "pipec/$(jq --raw-output .pipeline <<<"$settings")"; }

record_live() {
  local environment=$1 commit=$2 name=$3 reference record blob tag
  jq --exit-status --arg name "$environment" '.live | index($name) != null' <<<"$settings" >/dev/null ||
    { echo "setup.sh: $environment is not an environment of production" >&2; exit 2; }
  commit=$(gh api "repos/$repository/commits/$commit" --jq .sha)
  reference="$(ledger)/deployment/$environment/000001"
  if [ "$(get "repos/$repository/git/ref/tags/$reference")" != null ]; then
    echo "setup.sh: what runs in $environment is recorded already" >&2
    exit 1
  fi
  record=$(jq --null-input --compact-output --arg commit "$commit" --arg by "$name" --arg environment "$environment" \
    --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    '{number: 1, outcome: "recorded", commit: $commit, route: "setup", branch: "", confirmed_by: $by, at: $at}')
  if [ "$dry_run" = true ]; then
    echo "POST repos/$repository/git/refs refs/tags/$reference $record"
    return 0
  fi
  blob=$(jq --compact-output '{content: tojson, encoding: "utf-8"}' <<<"$record" |
    gh api --method POST "repos/$repository/git/blobs" --input - --jq .sha)
  tag=$(jq --compact-output --arg tag "$reference" --arg object "$blob" \
    '{tag: $tag, message: tojson, object: $object, type: "blob"}' <<<"$record" |
    gh api --method POST "repos/$repository/git/tags" --input - --jq .sha)
  jq --null-input --compact-output --arg ref "refs/tags/$reference" --arg sha "$tag" '{ref: $ref, sha: $sha}' |
    gh api --method POST "repos/$repository/git/refs" --input - >/dev/null
  echo "Recorded: $environment runs $commit, confirmed by $name."
}

action="set"
live_environment="" live_commit="" confirmed_by=""
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=true ;;
    --check) action=check ;;
    --live)
      [ $# -ge 3 ] || usage
      action=live live_environment=$2 live_commit=$3
      shift 2
      ;;
    --confirmed-by)
      [ $# -ge 2 ] || usage
      confirmed_by=$2
      shift
      ;;
    *) usage ;;
  esac
  shift
done

case "$action" in
  set) set_all ;;
  check)
    found=$(check_all)
    jq --slurp '{ok: all(.ok), checks: .}' <<<"$found"
    jq --slurp --exit-status 'all(.ok)' <<<"$found" >/dev/null
    ;;
  live)
    [ -n "$confirmed_by" ] || usage
    record_live "$live_environment" "$live_commit" "$confirmed_by"
    ;;
esac
