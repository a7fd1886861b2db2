#!/usr/bin/env bash
# Brings an image to a service of Amazon ECS, or takes it back: `ecs_service.sh deploy|undo` in AWS_REGION.
# Needs CLUSTER, SERVICE, CONTAINER, IMAGE (by digest), CONTROLLER, ALARMS and STATE, the file of this region; for CodeDeploy
# also PORT, TASK_DEFINITION (a file), APPLICATION, DEPLOYMENT_GROUP and DEPLOYMENT_CONFIG.
set -euo pipefail
# A failure inside of $( ) is a failure: a wait must end when AWS does not answer.
shopt -s inherit_errexit

# Registers a task definition, given as JSON, with the image in place, and prints its ARN.
register() {
  local definition
  # What describe-task-definition says and register-task-definition does not take.
  definition=$(jq --arg container "$CONTAINER" --arg image "$IMAGE" '
    if ([.containerDefinitions[] | select(.name == $container)] | length) != 1 then
      error("the task definition has no container `\($container)`")
    else
      .containerDefinitions |= map(if .name == $container then .image = $image else . end)
      | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt,
            .registeredBy, .deregisteredAt)
    end' <<<"$1")
  aws ecs register-task-definition --cli-input-json "$definition" --output json |
    jq --raw-output --exit-status .taskDefinition.taskDefinitionArn
}

service() {
  aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output json |
    jq --exit-status 'if (.failures // [] | length) > 0 then error("the service is not there") else .services[0] end'
}

pause() { sleep "${PIPEC_POLL_SECONDS:-10}"; }

case "${IMAGE:-}" in
  *@sha256:*) ;;
  *)
    echo "the image is not named by its digest: ${IMAGE:-none}" >&2
    exit 1
    ;;
esac
if [ "$CONTROLLER" = code_deploy ]; then
  # shellcheck source=ecs_code_deploy.sh
  . "$(dirname "$0")/ecs_code_deploy.sh"
else
  # shellcheck source=ecs_rolling.sh
  . "$(dirname "$0")/ecs_rolling.sh"
fi
"$1"
