# shellcheck shell=bash
# Brings one service of Amazon ECS in one region to one image by AWS CodeDeploy, which shifts the traffic and takes it
# back when the deployment fails.
#
# CLUSTER, SERVICE, CONTAINER, PORT: what is changed · IMAGE: by digest · TASK_DEFINITION: a file of the checkout
# APPLICATION, DEPLOYMENT_GROUP, CONFIGURATION: of CodeDeploy · LIMIT: seconds for the deployment
# ROLLBACK: `none` or anything else · ALARMS: one a line · BAKE: seconds to watch afterwards

# Deploys task definition $1 with configuration $2 until second $3.
rollout() {
  local resources revision id status
  resources=$(jq --compact-output --null-input --arg definition "$1" --arg container "$CONTAINER" --argjson port "$PORT" '
    [{TargetService: {Type: "AWS::ECS::Service", Properties: {
      TaskDefinition: $definition, LoadBalancerInfo: {ContainerName: $container, ContainerPort: $port}}}}]')
  # jq would print the version 0.0, which CodeDeploy asks for, as 0.
  revision=$(jq --compact-output --null-input --arg content "{\"version\":0.0,\"Resources\":$resources}" \
    '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
  id=$(aws deploy create-deployment --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --deployment-config-name "$2" --revision "$revision" --query deploymentId --output text) || return 1
  echo "$SERVICE: deployment $id of $1"
  while [ "$SECONDS" -lt "$3" ]; do
    status=$(aws deploy get-deployment --deployment-id "$id" --query deploymentInfo.status --output text)
    case "$status" in
      Succeeded) return 0 ;;
      Failed | Stopped) echo "the deployment $id is $status" >&2; return 1 ;;
    esac
    sleep "${PIPEC_POLL_SECONDS:-10}"
  done
  echo "the deployment $id was not complete in time" >&2
  if [ "$ROLLBACK" = none ]; then
    aws deploy stop-deployment --deployment-id "$id" --no-auto-rollback-enabled >&2
  else
    aws deploy stop-deployment --deployment-id "$id" --auto-rollback-enabled >&2
  fi
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
next=$(aws ecs register-task-definition --cli-input-json "$definition" --query taskDefinition.taskDefinitionArn --output text)
echo "$SERVICE: $previous -> $next ($IMAGE)"
rollout "$next" "$CONFIGURATION" $((SECONDS + LIMIT))
if [ "$BAKE" -gt 0 ] && ! watch_alarms "$BAKE" "$ALARMS"; then
  echo "$SERVICE: an alarm went off during the bake time" >&2
  if [ "$ROLLBACK" != none ]; then
    rollout "$previous" CodeDeployDefault.ECSAllAtOnce $((SECONDS + LIMIT)) ||
      echo "$SERVICE could not be taken back to $previous" >&2
  fi
  exit 1
fi
