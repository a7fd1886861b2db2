# shellcheck shell=bash
# Alarms of CloudWatch, given one a line.

# Prints those that are on. Fails when one does not exist.
alarms_on() {
  local names states
  mapfile -t names <<<"$1"
  # Without the types only alarms of metrics would be looked for.
  states=$(aws cloudwatch describe-alarms --alarm-names "${names[@]}" --alarm-types CompositeAlarm MetricAlarm --output json) || return
  if [ "$(jq '[.MetricAlarms[]?, .CompositeAlarms[]?] | length' <<<"$states")" -ne "${#names[@]}" ]; then
    echo "not all of these alarms exist: ${names[*]}" >&2
    return 1
  fi
  jq -r '.MetricAlarms[]?, .CompositeAlarms[]? | select(.StateValue == "ALARM").AlarmName' <<<"$states"
}

# Prints those that can tell whether a deployment is bad. One that is on before it starts cannot: a hotfix may be what
# ends it.
alarms_to_watch() {
  local on
  [ -n "$1" ] || return 0
  on=$(alarms_on "$1") || return
  [ -z "$on" ] || echo "on before the deployment, so not watched: ${on//$'\n'/, }" >&2
  comm -23 <(sort <<<"$1") <(sort <<<"$on")
}

# Fails as soon as one of the alarms goes off: watch_alarms SECONDS ALARMS
watch_alarms() {
  local until=$((SECONDS + $1)) on
  [ -n "$2" ] || { sleep "$1"; return; }
  while :; do
    on=$(alarms_on "$2") || return
    if [ -n "$on" ]; then
      echo "in alarm: ${on//$'\n'/, }" >&2
      return 1
    fi
    [ "$SECONDS" -lt "$until" ] || return 0
    sleep "${PIPEC_POLL_SECONDS:-15}"
  done
}
