#!/usr/bin/env bash
# Brings the stacks of the pipeline to the accounts, in the order in which they depend on each other, shows each
# change set before it is carried out, and switches the hotfix route on when everything is in place.
#
#   deploy.sh [--dry-run | --check] [--parameters FILE] [--profile ACCOUNT=NAME]… [--yes] [--force REASON]
#
# --dry-run   shows what would be changed and changes nothing
# --check     compares the accounts with what was compiled; evidence as JSON, exit code 1 when something differs
# --parameters FILE   {"STACK": {"PARAMETER": "VALUE"}} for what only people know; see parameters.example.json
# --profile   the AWS profile for an account; without one the credentials of the environment are used
# --yes       does not ask before a change set is carried out
# --force     updates although runs are in progress or a hotfix is open; the reason is kept in the ledger
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")"

mode=deploy parameters='{}' yes='' force='' forced=''
declare -A profiles=()
usage() {
  sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run | --check) mode=${1#--} ;;
    --yes) yes=1 ;;
    --parameters | --profile | --force)
      [ $# -ge 2 ] || usage
      case "$1" in
        --parameters) parameters=$(cat "$2") ;;
        --profile) profiles[${2%%=*}]=${2#*=} ;;
        --force) force=$2 ;;
      esac
      shift
      ;;
    *) usage ;;
  esac
  shift
done

plan() { jq --raw-output "$@" deployment.json; }
IFS=$'\t' read -r base account region ledger templates url_suffix < <(plan '[.base, .account, .region, .ledger, .templates, .url_suffix] | @tsv')
declare -A stack_of
while IFS=$'\t' read -r id place; do
  stack_of[$id]=$place
done < <(plan '.stacks[] | "\(.id)\t\(.account) \(.region) \(.name)"')
say() { echo "$@" >&2; }
stop() {
  say "deploy.sh: $*"
  exit 1
}
# in_account ACCOUNT REGION COMMAND…: the AWS command line there.
in_account() {
  local profile=${profiles[$1]:-}
  if [ -n "$profile" ]; then
    AWS_PROFILE=$profile aws --region "$2" "${@:3}"
  else
    aws --region "$2" "${@:3}"
  fi
}
here() { in_account "$account" "$region" "$@"; }
# Runs a command about something that may not exist yet, and prints nothing then. Any other failure ends the script:
# not being allowed to look must not be taken for absence.
if_exists() {
  local errors code=0
  errors=$({ "$@" >&3; } 2>&1) || code=$?
  [ "$code" -eq 0 ] || grep -Eq 'does not exist|NotFound|NoSuchEntity' <<<"$errors" || stop "$errors"
} 3>&1

check_credentials() {
  local wanted seen
  for wanted in $(plan '[.stacks[].account] | unique[]'); do
    seen=$(in_account "$wanted" "$region" sts get-caller-identity --query Account --output text)
    [ "$seen" = "$wanted" ] || stop "the credentials are of account $seen; give --profile $wanted=NAME"
  done
}

# The value of output $2 of stack $1, which is found in the plan.
output_of() {
  local place where name
  read -r place where name <<<"${stack_of[$1]}"
  in_account "$place" "$where" cloudformation describe-stacks --stack-name "$name" --output json |
    jq --exit-status --raw-output --arg key "$2" '.Stacks[0].Outputs[] | select(.OutputKey == $key).OutputValue'
}

# The roles that the services of an environment give to their tasks, as they are now.
task_roles() {
  local place definition
  while IFS=$'\t' read -r place where cluster service <&3; do
    definition=$(in_account "$place" "$where" ecs describe-services --cluster "$cluster" --services "$service" --output json |
      jq --exit-status --raw-output '.services[0] | ([.taskSets[]? | select(.status == "PRIMARY")][0] // .).taskDefinition') ||
      stop "there is no service $service in cluster $cluster of $place in $where; it must exist before its pipeline"
    in_account "$place" "$where" ecs describe-task-definition --task-definition "$definition" --output json |
      jq --raw-output '.taskDefinition | .taskRoleArn, .executionRoleArn | values'
  done 3< <(jq --raw-output --arg name "$1" '.services[] | select($name == "*" or .environment == $name)
      | [.account, .region, .cluster, .service] | @tsv' deployment.json) |
    sort -u | paste -sd , -
}

# The parameters of stack $1 as CloudFormation wants them.
parameters_of() {
  local id=$1 name kind value pairs=()
  while IFS=$'\t' read -r name kind value <&3; do
    case "$kind" in
      output) value=$(output_of "${value%%:*}" "${value#*:}") || stop "stack ${value%%:*} has no output ${value#*:} yet" ;;
      outputs) value=$(for one in ${value//,/ }; do output_of "${one%%:*}" "${one#*:}"; done | paste -sd , -) ;;
      task_roles) value=$(task_roles "$value") ;;
      given)
        value=$(jq --raw-output --arg id "$id" --arg name "$name" '.[$id][$name] // .["*"][$name] // ""' <<<"$parameters")
        [ -n "$value" ] || stop "parameter $name of $id is missing; see parameters.example.json"
        ;;
    esac
    pairs+=("$name" "$value")
  done 3< <(jq --raw-output --arg id "$id" '.stacks[] | select(.id == $id).parameters[] | [.name, .kind, .value] | @tsv' deployment.json)
  jq -cn '$ARGS.positional | [range(0; length; 2) as $i | {ParameterKey: .[$i], ParameterValue: .[$i + 1]}]' --args -- "${pairs[@]}"
}

status_of() {
  local status
  status=$(if_exists in_account "$1" "$2" cloudformation describe-stacks --stack-name "$3" --query 'Stacks[0].StackStatus' --output text)
  echo "${status:-ABSENT}"
}

deploy_stack() { # ID ACCOUNT REGION NAME TEMPLATE
  local id=$1 place=$2 where=$3 name=$4 template=$5 status kind values source set described
  status=$(status_of "$place" "$where" "$name")
  case "$status" in
    ABSENT | REVIEW_IN_PROGRESS) kind=CREATE ;;
    *) kind=UPDATE ;;
  esac
  say "== $name in $place, $where: $kind"
  if [ "$mode$kind" = dry-runCREATE ]; then
    return 0
  fi
  values=$(parameters_of "$id")
  source=(--template-body "file://$template")
  # CloudFormation takes 51,200 bytes in the request, 1 MB from a bucket. Only this script's role may write there.
  if [ "$(wc -c <"$template")" -gt 51200 ]; then
    here s3 cp --quiet "$template" "s3://$templates/$template"
    source=(--template-url "https://$templates.s3.$region.$url_suffix/$template")
  fi
  set=pipec-$(sha256sum "$template" | cut -c1-16)-$$
  in_account "$place" "$where" cloudformation create-change-set --stack-name "$name" --change-set-name "$set" \
    --change-set-type "$kind" "${source[@]}" --parameters "$values" --capabilities CAPABILITY_NAMED_IAM >/dev/null
  if ! in_account "$place" "$where" cloudformation wait change-set-create-complete --stack-name "$name" --change-set-name "$set"; then
    described=$(in_account "$place" "$where" cloudformation describe-change-set --stack-name "$name" --change-set-name "$set" --output json)
    in_account "$place" "$where" cloudformation delete-change-set --stack-name "$name" --change-set-name "$set"
    if grep -Eq "didn't contain changes|No updates" <<<"$described"; then
      say "nothing to change"
      return 0
    fi
    stop "$(jq -r .StatusReason <<<"$described")"
  fi
  in_account "$place" "$where" cloudformation describe-change-set --stack-name "$name" --change-set-name "$set" --output json |
    jq --raw-output '.Changes[].ResourceChange | "  \(.Action)\t\(.LogicalResourceId)\t\(.ResourceType)\t\(.Replacement // "")"' >&2
  if [ "$mode" = dry-run ]; then
    in_account "$place" "$where" cloudformation delete-change-set --stack-name "$name" --change-set-name "$set"
    return 0
  fi
  if [ -z "$yes" ]; then
    read -r -p "carry this out? (yes/no) " answer </dev/tty
    [ "$answer" = yes ] || stop "nothing was changed in $name"
  fi
  # A run may have started while a person read the change set.
  [ "$id" != pipelines ] || refuse_while_busy
  in_account "$place" "$where" cloudformation execute-change-set --stack-name "$name" --change-set-name "$set"
  if [ "$kind" = CREATE ]; then
    in_account "$place" "$where" cloudformation wait stack-create-complete --stack-name "$name"
  else
    in_account "$place" "$where" cloudformation wait stack-update-complete --stack-name "$name"
  fi
}

# A changed pipeline cancels its runs and cannot be rolled back to earlier ones.
refuse_while_busy() {
  local name runs busy='' open
  for name in $(plan '.pipelines[].name'); do
    runs=$(if_exists here codepipeline list-pipeline-executions --pipeline-name "$name" --output json)
    # Slurped, so that no answer at all is an empty list.
    if jq --slurp --exit-status '[.[].pipelineExecutionSummaries[] | select(.status == "InProgress" or .status == "Stopping")] | length > 0' \
      <<<"$runs" >/dev/null; then
      busy="$busy $name"
    fi
  done
  open=$(if_exists here dynamodb scan --table-name "$ledger" --consistent-read --output json | jq --raw-output '
    [.Items[] | select((.sk.S | startswith("claim#")) and (.state.S == "claimed" or (.state.S == "deployed" and (.merged | not)))).branch.S]
    | unique | join(" ")')
  if [ -z "$busy$open" ] || [ -n "$forced" ]; then return 0; fi
  [ -z "$busy" ] || say "runs are in progress:$busy"
  [ -z "$open" ] || say "hotfixes are open: $open"
  [ -n "$force" ] || stop "not now; fix the code first and the pipeline later, or give --force REASON"
  here dynamodb put-item --table-name "$ledger" --item "$(jq -cn --arg reason "$force" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --arg by "$(here sts get-caller-identity --query Arn --output text)" \
    '{pk: {S: "pipelines"}, sk: {S: "forced#\($at)"}, reason: {S: $reason}, by: {S: $by}}')"
  forced=1
}

connection_status() {
  local connection
  connection=$(output_of control ConnectionArn) || return
  here codeconnections get-connection --connection-arn "$connection" \
    --query Connection.ConnectionStatus --output text
}

# Whether callers of the roles of approvers, given as the answers of IAM, have session names that they did not choose, all
# from one directory: `NAMED DIRECTORY…`, or what is wrong.
sources_of_names() {
  jq --slurp --raw-output '
    def many: if type == "array" then .[] else . end;
    # The directory that names callers of a statement; null when they name themselves.
    def source:
      ([.Action | many] - ["sts:TagSession", "sts:SetSourceIdentity"]) as $actions
      | if (.Principal | type) != "object" then null
        elif $actions == ["sts:AssumeRoleWithSAML"] then .Principal.Federated | many
        elif $actions == ["sts:AssumeRole"] and (.Principal | keys) == ["AWS"]
            and [.Condition.StringEquals["sts:RoleSessionName"]? | many] == ["${aws:username}"]
          then .Principal.AWS | many | (capture("^(arn:[^:]+:iam::)?(?<account>[0-9]{12})(:|$)").account // null)
        else null end;
    [.[].Role.AssumeRolePolicyDocument.Statement | many | select(.Effect == "Allow") | [source] | if . == [] then [null] else . end | .[]]
    | unique
    | if index([null]) then "callers choose their session names"
      elif length > 1 then "people of several directories: \(join(", "))"
      else "by \(.[0] // "nobody")" end'
}

evidence=()
note() { evidence+=("$1" "$2" "$3"); } # CHECK OK SEEN
# note_equal CHECK WANTED SEEN
note_equal() { note "$1" "$([ "$2" = "$3" ] && echo true || echo false)" "$3"; }

check() {
  local place where name template seen role pipeline stage environment
  while IFS=$'\t' read -r place where name template <&3; do
    seen=$(status_of "$place" "$where" "$name")
    case "$seen" in
      *_ROLLBACK_* | *_FAILED | *_IN_PROGRESS | ABSENT) note "stack $name in $place, $where" false "$seen" ;;
      *)
        if in_account "$place" "$where" cloudformation get-template --stack-name "$name" --output json |
          jq --exit-status --rawfile wanted "$template" '(.TemplateBody | tostring | rtrimstr("\n")) == ($wanted | rtrimstr("\n"))' >/dev/null; then
          note "stack $name in $place, $where" true "$seen, as compiled"
        else
          note "stack $name in $place, $where" false "$seen, but its template is another one"
        fi
        ;;
    esac
  done 3< <(plan '.stacks[] | [.account, .region, .name, .template] | @tsv')
  if [ "$(plan .connection)" = true ]; then
    note_equal "connection to the repository" AVAILABLE "$(connection_status 2>/dev/null || echo ABSENT)"
  fi
  for role in $(plan '.approvers[]'); do
    note_equal "role of approvers" "$role" "$(here iam get-role --role-name "$role" --query Role.RoleName --output text 2>/dev/null || echo "no role $role")"
  done
  seen=$(for role in $(plan '.approvers[]'); do here iam get-role --role-name "$role" --output json 2>/dev/null || true; done |
    sources_of_names 2>/dev/null || echo unknown)
  note "approvers are named by one directory, not by themselves" "$([[ $seen == "by "* ]] && echo true || echo false)" "$seen"
  seen=$(here sns list-subscriptions-by-topic --topic-arn "$(output_of control NoticesTopic 2>/dev/null || echo none)" --output json 2>/dev/null |
    jq --raw-output '[.Subscriptions[].SubscriptionArn] | if length == 0 then "nobody" elif index("PendingConfirmation") then "pending" else "confirmed" end' || echo absent)
  note_equal "subscriptions of the topic for approvals and notices" confirmed "$seen"
  seen=$(here service-quotas list-service-quotas --service-code codebuild --output json 2>/dev/null | jq --raw-output '
    [.Quotas[] | select(.QuotaName | test("Concurrently running builds for Linux/Small")).Value] | max // 0 | floor' || echo 0)
  note "concurrent builds (small, Linux)" "$([ "${seen:-0}" -ge "$(plan .concurrent_builds)" ] && echo true || echo false)" "${seen:-0} of $(plan .concurrent_builds)"
  for environment in $(plan '.guarded[]'); do
    seen=$(here dynamodb get-item --table-name "$ledger" --consistent-read --output json \
      --key "$(jq -cn --arg e "$environment" '{pk: {S: $e}, sk: {S: "state"}}')" 2>/dev/null | jq --raw-output '.Item.live.S // "unknown"' || echo unknown)
    note "live commit of $environment is recorded" "$([ "${seen:-unknown}" != unknown ] && echo true || echo false)" "${seen:-unknown}"
  done
  # Which transitions are open is reported, not judged: the last step opens them when all else is well.
  while IFS=$'\t' read -r pipeline stage <&3; do
    seen=$(here codepipeline get-pipeline-state --name "$pipeline" --output json 2>/dev/null |
      jq --raw-output --arg stage "$stage" '.stageStates[] | select(.stageName == $stage).inboundTransitionState.enabled' || true)
    note "route of $pipeline is switched on" "$([ "$mode" = check ] && [ "$seen" != true ] && echo false || echo true)" "${seen:-unknown}"
  done 3< <(plan '.pipelines[] | select(.switched) | [.name, .switched] | @tsv')
  jq -n --arg pipeline "$base" '
    [$ARGS.positional as $all | range(0; $all | length; 3) | {check: $all[.], ok: ($all[. + 1] == "true"), seen: $all[. + 2]}]
    | {version: 1, pipeline: $pipeline, ok: all(.[]; .ok), checks: .}' --args -- "${evidence[@]}"
}

check_credentials
if [ "$mode" = check ]; then
  result=$(check)
  echo "$result"
  jq --exit-status .ok <<<"$result" >/dev/null
  exit
fi
[ "$mode" = dry-run ] || refuse_while_busy
while IFS=$'\t' read -r id place where name template <&4; do
  if [ "$id" = pipelines ] && [ "$(plan .connection)" = true ] && [ "$mode" = deploy ]; then
    seen=$(connection_status)
    [ "$seen" = AVAILABLE ] || stop "the connection is $seen: a person must finish it at" \
      "https://$region.console.aws.amazon.com/codesuite/settings/connections, then start again"
  fi
  deploy_stack "$id" "$place" "$where" "$name" "$template"
done 4< <(plan '.stacks[] | [.id, .account, .region, .name, .template] | @tsv')
[ "$mode" = deploy ] || exit 0
result=$(check)
echo "$result"
jq --exit-status .ok <<<"$result" >/dev/null ||
  stop "not everything is in place (see above); the hotfix route stays off. Mend it, then start again"
while IFS=$'\t' read -r pipeline stage <&3; do
  here codepipeline enable-stage-transition --pipeline-name "$pipeline" --stage-name "$stage" --transition-type Inbound
  say "$pipeline is switched on"
done 3< <(plan '.pipelines[] | select(.switched) | [.name, .switched] | @tsv')
