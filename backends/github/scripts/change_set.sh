#!/usr/bin/env bash
# Brings a CloudFormation stack to the state of its template, by a change set: `change_set.sh deploy` in AWS_REGION.
# CloudFormation itself goes back when that fails. Needs STACK, TEMPLATE (a file), PARAMETERS (a JSON object), ROLE
# (what CloudFormation may do) and NAME, of the change set.
set -euo pipefail

pause() { sleep "${PIPEC_POLL_SECONDS:-5}"; }

stack_status() {
  local answer
  if answer=$(aws cloudformation describe-stacks --stack-name "$STACK" --output json 2>&1); then
    jq --raw-output '.Stacks[0].StackStatus' <<<"$answer"
  elif [[ $answer == *"does not exist"* ]]; then
    echo NONE
  else
    echo "$answer" >&2
    return 1
  fi
}

# CloudFormation takes no larger template in a request.
if [ "$(wc -c <"$TEMPLATE")" -gt 51200 ]; then
  echo "$TEMPLATE is larger than 51,200 bytes" >&2
  exit 1
fi
status=$(stack_status)
case "$status" in
  NONE | REVIEW_IN_PROGRESS) kind=CREATE done=CREATE_COMPLETE ;;
  *) kind=UPDATE done=UPDATE_COMPLETE ;;
esac
arguments=$(jq --compact-output 'to_entries | map({ParameterKey: .key, ParameterValue: .value})' <<<"$PARAMETERS")
aws cloudformation create-change-set --stack-name "$STACK" --change-set-name "$NAME" --change-set-type "$kind" \
  --template-body "file://$TEMPLATE" --parameters "$arguments" --capabilities CAPABILITY_NAMED_IAM \
  --role-arn "$ROLE" --output json >/dev/null
touch "$STATE"

while :; do
  change_set=$(aws cloudformation describe-change-set --stack-name "$STACK" --change-set-name "$NAME" --output json)
  case "$(jq --raw-output .Status <<<"$change_set")" in
    CREATE_COMPLETE) break ;;
    FAILED)
      reason=$(jq --raw-output '.StatusReason // ""' <<<"$change_set")
      aws cloudformation delete-change-set --stack-name "$STACK" --change-set-name "$NAME"
      case "$reason" in
        *"didn't contain changes"* | *"No updates are to be performed"*)
          echo "$STACK has that state already"
          exit 0
          ;;
      esac
      echo "$reason" >&2
      exit 1
      ;;
  esac
  pause
done
aws cloudformation execute-change-set --stack-name "$STACK" --change-set-name "$NAME"
while :; do
  status=$(stack_status)
  case "$status" in
    "$done" | UPDATE_COMPLETE_CLEANUP_IN_PROGRESS) break ;;
    *ROLLBACK* | *FAILED)
      echo "$STACK ended as $status" >&2
      exit 1
      ;;
  esac
  pause
done
echo "$STACK: $status"
