# shellcheck shell=bash
# Brings one service of Amazon ECS in one region to one image by AWS CodeDeploy, which shifts the traffic and takes it
# back when the deployment fails.
#
# CLUSTER, SERVICE, CONTAINER, PORT: what is changed · IMAGE: by digest · TASK_DEFINITION: a file of the checkout
# APPLICATION, DEPLOYMENT_GROUP, CONFIGURATION: of CodeDeploy · LIMIT: seconds for the deployment
# ROLLBACK: `none` or anything else · ALARMS: one a line · BAKE: seconds to watch afterwards

of_deployment() { aws deploy get-deployment --deployment-id "$1" --query "deploymentInfo.$2" --output text; }

# Follows deployment $1 until second $2. Fails with 1 when it failed, with 2 when it is not over by then.
follow() {
  local status
  while [ "$SECONDS" -lt "$2" ]; do
    # A call that failed says nothing about the deployment.
    status=$(of_deployment "$1" status) || status=Unknown
    case "$status" in
      Succeeded) return 0 ;;
      Failed | Stopped) echo "the deployment $1 is $status" >&2; return 1 ;;
    esac
    sleep "${PIPEC_POLL_SECONDS:-10}"
  done
  echo "the deployment $1 was not complete in time" >&2
  return 2
}

# CodeDeploy goes back by a deployment of its own. The lock of the environment must not be free before that is over.
follow_back() {
  local back
  back=$(of_deployment "$1" rollbackInfo.rollbackDeploymentId) || back=None
  if [ "$back" = None ] || ! follow "$back" $((SECONDS + LIMIT)); then
    echo "$SERVICE may not be back at $previous" >&2
  else
    echo "$SERVICE is back at $previous" >&2
  fi
}

# Deploys task definition $1 with configuration $2 until second $3. Of the alarms of the group only $4 matter.
rollout() {
  local resources revision override id outcome=0
  resources=$(jq --compact-output --null-input --arg definition "$1" --arg container "$CONTAINER" --argjson port "$PORT" '
    [{TargetService: {Type: "AWS::ECS::Service", Properties: {
      TaskDefinition: $definition, LoadBalancerInfo: {ContainerName: $container, ContainerPort: $port}}}}]')
  # jq would print the version 0.0, which CodeDeploy asks for, as 0.
  revision=$(jq --compact-output --null-input --arg content "{\"version\":0.0,\"Resources\":$resources}" \
    '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
  override=$(jq --compact-output --null-input --arg names "$4" '
    [$names | split("\n")[] | select(. != "") | {name: .}] | {enabled: (length > 0), alarms: .}')
  id=$(aws deploy create-deployment --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --deployment-config-name "$2" --revision "$revision" --override-alarm-configuration "$override" \
    --query deploymentId --output text) || return
  echo "$SERVICE: deployment $id of $1"
  follow "$id" "$3" || outcome=$?
  if [ "$outcome" -eq 0 ]; then return 0; fi
  if [ "$outcome" -eq 2 ]; then
    if [ "$ROLLBACK" = none ]; then
      aws deploy stop-deployment --deployment-id "$id" --no-auto-rollback-enabled >&2 || true
    else
      aws deploy stop-deployment --deployment-id "$id" --auto-rollback-enabled >&2 || true
    fi
    follow "$id" $((SECONDS + LIMIT)) || true
  fi
  [ "$ROLLBACK" = none ] || follow_back "$id"
  return 1
}

previous=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output json | jq --exit-status --raw-output '
  .services[0] | select(.status == "ACTIVE") | ([.taskSets[]? | select(.status == "PRIMARY")][0] // .).taskDefinition') || {
  echo "there is no active service $SERVICE in cluster $CLUSTER; it belongs to the infrastructure" >&2
  exit 1
}
definition=$(jq --compact-output --exit-status --arg container "$CONTAINER" --arg image "$IMAGE" '
  if any(.containerDefinitions[]; .name == $container) then . else error("it has no container \($container)") end
  | .containerDefinitions |= map(if .name == $container then .image = $image else . end)' "$TASK_DEFINITION")
watched=$(alarms_to_watch "$ALARMS")
next=$(aws ecs register-task-definition --cli-input-json "$definition" --query taskDefinition.taskDefinitionArn --output text)
echo "$SERVICE: $previous -> $next ($IMAGE)"
rollout "$next" "$CONFIGURATION" $((SECONDS + LIMIT)) "$watched"
if [ "$BAKE" -gt 0 ] && ! watch_alarms "$BAKE" "$watched"; then
  echo "$SERVICE: an alarm went off during the bake time" >&2
  if [ "$ROLLBACK" != none ]; then
    # The alarm is still on; it must not stop the way back.
    rollout "$previous" CodeDeployDefault.ECSAllAtOnce $((SECONDS + LIMIT)) "" ||
      echo "$SERVICE could not be taken back to $previous" >&2
  fi
  exit 1
fi
