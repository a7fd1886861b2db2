# shellcheck shell=bash
# CodeDeploy shifts the traffic to a second set of tasks, and watches the alarms of its group. Part of ecs_service.sh.

# The task definition that serves users.
serving() { service | jq --raw-output --exit-status '[.taskSets[] | select(.status == "PRIMARY")] | first | .taskDefinition'; }

# Starts a deployment of a task definition with a configuration, and prints its id.
start() {
  local specification revision
  specification=$(jq --null-input --compact-output --arg definition "$1" --arg container "$CONTAINER" --argjson port "$PORT" '
    {version: 0.0, Resources: [{TargetService: {Type: "AWS::ECS::Service", Properties: {
      TaskDefinition: $definition, LoadBalancerInfo: {ContainerName: $container, ContainerPort: $port}}}}]}')
  revision=$(jq --null-input --compact-output --arg content "$specification" \
    '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
  aws deploy create-deployment --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --deployment-config-name "$2" --revision "$revision" --output json | jq --raw-output --exit-status .deploymentId
}

status_of() {
  aws deploy get-deployment --deployment-id "$1" --output json | jq --raw-output --exit-status .deploymentInfo.status
}

# Waits until a deployment has ended and prints how. `Ready` waits for a person to shift the traffic, which nobody does
# here, so it is left to the time limit like every other state.
ended() {
  local status
  while :; do
    status=$(status_of "$1")
    case "$status" in
      Succeeded | Failed | Stopped)
        echo "$status"
        return 0
        ;;
    esac
    pause
  done
}

# The file of a region: the definition that served before, and the deployment, once there is one.
deploy() {
  local previous definition id status
  previous=$(serving)
  echo "$previous" >"$STATE"
  definition=$(register "$(cat "$TASK_DEFINITION")")
  id=$(start "$definition" "$DEPLOYMENT_CONFIG")
  echo "$id" >>"$STATE"
  echo "deployment $id of $definition"
  status=$(ended "$id")
  if [ "$status" != Succeeded ]; then
    echo "the deployment $id ended as $status" >&2
    return 1
  fi
}

# A deployment under way is stopped, and CodeDeploy goes back by itself. After one that had succeeded the previous
# definition is deployed again, all at once.
undo() {
  local previous id
  previous=$(sed -n 1p "$STATE")
  id=$(sed -n 2p "$STATE")
  if [ -n "$id" ]; then
    case "$(status_of "$id")" in
      Succeeded) ;;
      *) aws deploy stop-deployment --deployment-id "$id" --auto-rollback-enabled --output json >/dev/null || true ;;
    esac
    if [ "$(ended "$id")" = Succeeded ]; then
      id=$(start "$previous" CodeDeployDefault.ECSAllAtOnce)
      [ "$(ended "$id")" = Succeeded ]
    fi
  fi
  until [ "$(serving)" = "$previous" ]; do pause; done
  echo "$SERVICE runs $previous"
}
