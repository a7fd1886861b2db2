# shellcheck shell=bash
# ECS changes the service itself, batch by batch. Part of ecs_service.sh.

# shellcheck source=alarms.sh
. "$(dirname "$0")/alarms.sh"

# Prints the id of the deployment that brings the service to a task definition.
update() {
  aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$1" --output json |
    jq --raw-output --exit-status '[.service.deployments[] | select(.status == "PRIMARY")] | first | .id'
}

# Follows a deployment by its id. A service that is stable says nothing: after the circuit breaker went back, it is
# stable on the old version.
follow() {
  local id=$1 definition=$2 progress
  while :; do
    progress=$(service | jq --raw-output --arg id "$id" --arg definition "$definition" '
      [.deployments[] | select(.id == $id)] | first
      | if . == null then "GONE"
        elif .status != "PRIMARY" or .taskDefinition != $definition then "REPLACED"
        else .rolloutState end')
    case "$progress" in
      COMPLETED)
        echo "$SERVICE runs $definition"
        return 0
        ;;
      IN_PROGRESS) ;;
      *)
        echo "the deployment $id of $SERVICE ended as $progress" >&2
        return 1
        ;;
    esac
    if [ "${3:-}" = watched ]; then watch_alarms; fi
    pause
  done
}

deploy() {
  local previous definition id
  previous=$(service | jq --raw-output --exit-status .taskDefinition)
  ALARMS=$(alarms_to_watch)
  echo "$ALARMS" >"$STATE.watched"
  echo "$previous" >"$STATE"
  definition=$(aws ecs describe-task-definition --task-definition "$previous" --output json | jq .taskDefinition)
  definition=$(register "$definition")
  id=$(update "$definition")
  follow "$id" "$definition" watched
}

# Alarms that brought this about are still red, so they are not watched here.
undo() {
  local previous id
  previous=$(cat "$STATE")
  id=$(update "$previous")
  follow "$id" "$previous"
}
