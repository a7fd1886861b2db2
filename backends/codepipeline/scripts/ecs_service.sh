# shellcheck shell=bash
# Brings one service of Amazon ECS in one region to one image, and back when that fails.
#
# CLUSTER, SERVICE, CONTAINER: what is changed · IMAGE: by digest · LIMIT: seconds for the deployment
# ROLLBACK: `none` or anything else · ALARMS: one a line, watched when given · BAKE: seconds to watch afterwards
deadline=$((SECONDS + LIMIT))

describe() { aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output json; }

# Starts a deployment of task definition $1 and follows it until second $2, as long as none of the alarms $3 goes off.
# By its id: after a rollback by the circuit breaker the service is stable too, on the old version.
rollout() {
  local id state
  id=$(aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$1" --output json |
    jq --exit-status --raw-output '.service.deployments[] | select(.status == "PRIMARY").id') || return
  while [ "$SECONDS" -lt "$2" ]; do
    # A call that failed says nothing about the deployment.
    state=$(describe | jq --raw-output --arg id "$id" --arg definition "$1" \
      '[.services[0].deployments[] | select(.id == $id and .taskDefinition == $definition)][0].rolloutState // "GONE"') ||
      state=UNKNOWN
    case "$state" in
      COMPLETED) return 0 ;;
      IN_PROGRESS | UNKNOWN) ;;
      *) echo "the deployment $id is $state" >&2; return 1 ;;
    esac
    [ -z "$3" ] || watch_alarms 0 "$3" || return
    sleep "${PIPEC_POLL_SECONDS:-10}"
  done
  echo "the deployment $id was not complete in time" >&2
  return 1
}
give_up() {
  echo "$SERVICE: $1" >&2
  if [ "$ROLLBACK" != none ]; then
    echo "going back to $previous" >&2
    rollout "$previous" $((SECONDS + LIMIT)) "" || echo "$SERVICE could not be taken back to $previous" >&2
  fi
  exit 1
}

found=$(describe)
if ! jq --exit-status '.services[0].status == "ACTIVE"' <<<"$found" >/dev/null; then
  echo "there is no active service $SERVICE in cluster $CLUSTER; it belongs to the infrastructure" >&2
  exit 1
fi
previous=$(jq --raw-output '.services[0].taskDefinition' <<<"$found")
definition=$(aws ecs describe-task-definition --task-definition "$previous" --output json |
  jq --compact-output --exit-status --arg container "$CONTAINER" --arg image "$IMAGE" '
    .taskDefinition
    | if any(.containerDefinitions[]; .name == $container) then . else error("it has no container \($container)") end
    | .containerDefinitions |= map(if .name == $container then .image = $image else . end)
    | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, .registeredBy,
          .deregisteredAt)')
watched=$(alarms_to_watch "$ALARMS")
next=$(aws ecs register-task-definition --cli-input-json "$definition" --query taskDefinition.taskDefinitionArn --output text)
echo "$SERVICE: $previous -> $next ($IMAGE)"
rollout "$next" "$deadline" "$watched" || give_up "the deployment failed"
if [ "$BAKE" -gt 0 ]; then
  watch_alarms "$BAKE" "$watched" || give_up "an alarm went off during the bake time"
fi
