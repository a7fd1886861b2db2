#!/usr/bin/env bash
# Watches CloudWatch alarms: as a command `alarms.sh SECONDS REGION…` for so long, and at least once; other scripts
# take `watch_alarms` from it. Needs ALARMS, one name on a line, or empty.
set -euo pipefail

# Fails when an alarm goes off in AWS_REGION, or is not there: nothing would be watched.
watch_alarms() {
  local names states found red
  [ -n "${ALARMS:-}" ] || return 0
  mapfile -t names <<<"$ALARMS"
  states=$(aws cloudwatch describe-alarms --alarm-names "${names[@]}" --alarm-types MetricAlarm CompositeAlarm --output json)
  found=$(jq '[.MetricAlarms[]?, .CompositeAlarms[]?] | length' <<<"$states")
  if [ "$found" -ne "${#names[@]}" ]; then
    echo "only $found of ${#names[@]} alarms exist" >&2
    return 1
  fi
  red=$(jq --raw-output '[.MetricAlarms[]?, .CompositeAlarms[]?] | map(select(.StateValue == "ALARM").AlarmName) | join(" ")' <<<"$states")
  if [ -n "$red" ]; then
    echo "in alarm: $red" >&2
    return 1
  fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  until=$(($(date -u +%s) + $1))
  shift
  while :; do
    for region in "$@"; do AWS_REGION=$region AWS_DEFAULT_REGION=$region watch_alarms; done
    left=$((until - $(date -u +%s)))
    if [ "$left" -le 0 ]; then break; fi
    pause=${PIPEC_POLL_SECONDS:-15}
    sleep "$((left < pause ? left : pause))"
  done
  echo "No alarm went off."
fi
