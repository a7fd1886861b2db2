# shellcheck shell=bash
# Fails unless the run holds the lock of the environment: check_lock TABLE ENVIRONMENT RUN
# The claim takes it, but is not asked again when only the failed actions of a stage are retried. The way back of a
# deployment does not ask: it belongs to a change that was let in.
check_lock() {
  local key holder
  key=$(jq -cn --arg pk "$2" '{pk: {S: $pk}, sk: {S: "state"}}')
  holder=$(aws dynamodb get-item --table-name "$1" --consistent-read --key "$key" --query Item.lock_run.S --output text) || {
    echo "refused: the ledger does not say who holds the lock of $2" >&2
    return 1
  }
  case "$holder" in
    "$3") return 0 ;;
    "" | None) echo "refused: this run does not hold the lock of $2" >&2 ;;
    *) echo "refused: run $holder holds the lock of $2" >&2 ;;
  esac
  echo "retry all actions of the stage, not the failed ones only: its first action takes the lock" >&2
  return 1
}
