# shellcheck shell=bash
# Fails as soon as one of the alarms goes off: watch_alarms SECONDS ALARMS (one a line)
watch_alarms() {
  local until=$((SECONDS + $1)) names states red
  [ -n "$2" ] || { sleep "$1"; return; }
  mapfile -t names <<<"$2"
  while :; do
    states=$(aws cloudwatch describe-alarms --alarm-names "${names[@]}" --output json)
    if [ "$(jq '[.MetricAlarms[]?, .CompositeAlarms[]?] | length' <<<"$states")" -ne "${#names[@]}" ]; then
      echo "not all of these alarms exist: ${names[*]}" >&2
      return 1
    fi
    red=$(jq -r '[.MetricAlarms[]?, .CompositeAlarms[]? | select(.StateValue == "ALARM").AlarmName] | join(", ")' <<<"$states")
    if [ -n "$red" ]; then
      echo "in alarm: $red" >&2
      return 1
    fi
    [ "$SECONDS" -lt "$until" ] || return 0
    sleep "${PIPEC_POLL_SECONDS:-15}"
  done
}
