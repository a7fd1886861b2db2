# shellcheck shell=bash
# Brings one service of Amazon ECS in one region to one image by AWS CodeDeploy, which shifts the traffic and takes it
# back when the deployment fails.
#
# CLUSTER, SERVICE, CONTAINER, PORT: what is changed · IMAGE: by digest · TASK_DEFINITION: a file of the checkout
# APPLICATION, DEPLOYMENT_GROUP, CONFIGURATION: of CodeDeploy · LIMIT: seconds for the deployment
# ROLLBACK: `none` or anything else · ALARMS: one a line · BAKE: seconds to watch afterwards

of_deployment() { aws deploy get-deployment --deployment-id "$1" --query "deploymentInfo.$2" --output text; }

# Follows deployment $1 until second $2, with $3 until its traffic is shifted and the old tasks only wait for their end.
# Fails with 1 when it failed, with 2 when it is not over by then.
follow() {
  local status
  while [ "$SECONDS" -lt "$2" ]; do
    # A call that failed says nothing about the deployment.
    status=$(of_deployment "$1" status) || status=Unknown
    case "$status" in
      Succeeded) return 0 ;;
      Failed | Stopped) echo "the deployment $1 is $status" >&2; return 1 ;;
    esac
    if [ -n "${3:-}" ] && [ "$(of_deployment "$1" instanceTerminationWaitTimeStarted)" = True ]; then return 0; fi
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

# Stops deployment $1, whose old tasks are still there, so that the way back is only one of the traffic.
stop_deployment() {
  local back=--auto-rollback-enabled
  [ "$ROLLBACK" != none ] || back=--no-auto-rollback-enabled
  # CodeDeploy may have stopped it already.
  aws deploy stop-deployment --deployment-id "$1" "$back" >&2 || true
  follow "$1" $((SECONDS + LIMIT)) || true
}

# Deploys task definition $1 until second $2. Of the alarms of the group only $3 matter. The old tasks are kept until the
# bake time is over.
rollout() {
  local resources revision override id outcome=0
  resources=$(jq --compact-output --null-input --arg definition "$1" --arg container "$CONTAINER" --argjson port "$PORT" '
    [{TargetService: {Type: "AWS::ECS::Service", Properties: {
      TaskDefinition: $definition, LoadBalancerInfo: {ContainerName: $container, ContainerPort: $port}}}}]')
  # jq would print the version 0.0, which CodeDeploy asks for, as 0.
  revision=$(jq --compact-output --null-input --arg content "{\"version\":0.0,\"Resources\":$resources}" \
    '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
  override=$(jq --compact-output --null-input --arg names "$3" '
    [$names | split("\n")[] | select(. != "") | {name: .}] | {enabled: (length > 0), alarms: .}')
  id=$(aws deploy create-deployment --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --deployment-config-name "$CONFIGURATION" --revision "$revision" --override-alarm-configuration "$override" \
    --query deploymentId --output text) || return
  echo "$SERVICE: deployment $id of $1"
  follow "$id" "$2" shifted || outcome=$?
  if [ "$outcome" -eq 0 ] && [ "$BAKE" -gt 0 ] && ! watch_alarms "$BAKE" "$3"; then
    echo "$SERVICE: an alarm went off during the bake time" >&2
    outcome=2
  fi
  if [ "$outcome" -eq 0 ]; then
    # Nobody needs the old tasks any more; without this they would only wait longer.
    aws deploy continue-deployment --deployment-id "$id" --deployment-wait-type TERMINATION_WAIT >&2 || true
    follow "$id" $((SECONDS + LIMIT)) || outcome=$?
  fi
  if [ "$outcome" -eq 0 ]; then return 0; fi
  [ "$outcome" -ne 2 ] || stop_deployment "$id"
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
rollout "$next" $((SECONDS + LIMIT)) "$watched"
