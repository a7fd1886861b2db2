# shellcheck shell=bash
# CodeDeploy shifts the traffic to a second set of tasks, and watches alarms. Part of ecs_service.sh.

# shellcheck source=alarms.sh
. "$(dirname "$0")/alarms.sh"

# The task definition that serves users.
serving() { service | jq --raw-output --exit-status '[.taskSets[] | select(.status == "PRIMARY")] | first | .taskDefinition'; }

# Starts a deployment of task definition $1 with configuration $2, and prints its id. Of the alarms of the group only
# those in $3 stop it, one on a line.
start() {
  local specification revision alarms
  specification=$(jq --null-input --compact-output --arg definition "$1" --arg container "$CONTAINER" --argjson port "$PORT" '
    {version: 0.0, Resources: [{TargetService: {Type: "AWS::ECS::Service", Properties: {
      TaskDefinition: $definition, LoadBalancerInfo: {ContainerName: $container, ContainerPort: $port}}}}]}')
  revision=$(jq --null-input --compact-output --arg content "$specification" \
    '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
  alarms=$(jq --null-input --compact-output --arg names "$3" '
    [$names | split("\n")[] | select(. != "") | {name: .}] | {enabled: (length > 0), alarms: .}')
  aws deploy create-deployment --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --deployment-config-name "$2" --revision "$revision" --override-alarm-configuration "$alarms" --output json |
    jq --raw-output --exit-status .deploymentId
}

# The ids of deployments of the group that have not ended.
under_way() {
  aws deploy list-deployments --application-name "$APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" \
    --include-only-statuses Created Queued InProgress Baking Ready --output json | jq --raw-output '.deployments[]'
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
  local previous watched definition id status
  previous=$(serving)
  watched=$(alarms_to_watch)
  echo "$watched" >"$STATE.watched"
  echo "$previous" >"$STATE"
  definition=$(register "$(cat "$TASK_DEFINITION")")
  id=$(start "$definition" "$DEPLOYMENT_CONFIG" "$watched")
  echo "$id" >>"$STATE"
  echo "deployment $id of $definition"
  status=$(ended "$id")
  if [ "$status" != Succeeded ]; then
    echo "the deployment $id ended as $status" >&2
    return 1
  fi
}

# Stops a deployment, after which CodeDeploy goes back by itself, and waits for that.
stop() {
  local going
  # Fails for one that has ended in the meantime, which is as good.
  aws deploy stop-deployment --deployment-id "$1" --auto-rollback-enabled --output json >/dev/null || true
  ended "$1" >/dev/null
  while :; do
    going=$(under_way)
    [ -n "$going" ] || return 0
    pause
  done
}

# Waits a while until the definition $1 serves, and prints the one that does.
settled() {
  local now
  for _ in {1..30}; do
    now=$(serving)
    if [ "$now" = "$1" ]; then break; fi
    pause
  done
  echo "$now"
}

# A deployment under way is stopped, and CodeDeploy goes back by itself. What serves then decides whether the previous
# definition has to be deployed again, all at once. Alarms that brought this about may still be red: none is watched.
undo() {
  local previous id ids status now
  previous=$(sed -n 1p "$STATE")
  ids=$(sed -n 2p "$STATE")
  if [ -z "$ids" ]; then
    # It may have been cut off after CodeDeploy was asked and before the id was known. Nobody else deploys meanwhile.
    pause
    ids=$(under_way)
  fi
  for id in $ids; do
    status=$(status_of "$id")
    if [ "$status" != Succeeded ]; then
      stop "$id"
      status=$(status_of "$id")
    fi
  done
  now=$(serving)
  if [ "$now" != "$previous" ] && [ -n "$ids" ] && [ "${status:-}" != Succeeded ]; then now=$(settled "$previous"); fi
  if [ "$now" != "$previous" ]; then
    id=$(start "$previous" CodeDeployDefault.ECSAllAtOnce "")
    status=$(ended "$id")
    if [ "$status" != Succeeded ]; then
      echo "the way back, deployment $id, ended as $status" >&2
      return 1
    fi
    now=$(settled "$previous")
  fi
  if [ "$now" != "$previous" ]; then
    echo "$SERVICE runs $now and not $previous" >&2
    return 1
  fi
  echo "$SERVICE runs $previous"
}
