#!/usr/bin/env bash
# Watches CloudWatch alarms: as a command `alarms.sh SECONDS REGION…` for so long, and at least once; other scripts
# take its functions. Needs ALARMS, one name on a line, or empty; as a command also ELEMENT and PIPEC_STATE, where
# deployments say which of them they left out.
set -euo pipefail

# Prints those of ALARMS that are red in AWS_REGION. Fails when one is not there: nothing would be watched.
red_alarms() {
  local names states found
  mapfile -t names <<<"$ALARMS"
  states=$(aws cloudwatch describe-alarms --alarm-names "${names[@]}" --alarm-types MetricAlarm CompositeAlarm --output json) || return
  found=$(jq '[.MetricAlarms[]?, .CompositeAlarms[]?] | length' <<<"$states")
  if [ "$found" -ne "${#names[@]}" ]; then
    echo "only $found of ${#names[@]} alarms exist" >&2
    return 1
  fi
  jq --raw-output '.MetricAlarms[]?, .CompositeAlarms[]? | select(.StateValue == "ALARM").AlarmName' <<<"$states"
}

# Prints those of ALARMS that can tell whether a deployment is bad. One that is red before it starts cannot: this may be
# the hotfix that ends it.
alarms_to_watch() {
  local red
  [ -n "${ALARMS:-}" ] || return 0
  red=$(red_alarms) || return
  [ -z "$red" ] || echo "in alarm before the deployment, so not watched: ${red//$'\n'/ }" >&2
  comm -23 <(sort <<<"$ALARMS") <(sort <<<"$red")
}

# Fails when one of ALARMS goes off in AWS_REGION.
watch_alarms() {
  local red
  [ -n "${ALARMS:-}" ] || return 0
  red=$(red_alarms) || return
  if [ -n "$red" ]; then
    echo "in alarm: ${red//$'\n'/ }" >&2
    return 1
  fi
}

# What the deployment in a region found worth watching; without one, all.
watched_in() {
  local file="${PIPEC_STATE:-}/${ELEMENT:-}.$1.watched"
  if [ -f "$file" ]; then cat "$file"; else echo "$ALARMS"; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  until=$(($(date -u +%s) + $1))
  shift
  while :; do
    for region in "$@"; do
      watched=$(watched_in "$region")
      ALARMS=$watched AWS_REGION=$region AWS_DEFAULT_REGION=$region watch_alarms
    done
    left=$((until - $(date -u +%s)))
    if [ "$left" -le 0 ]; then break; fi
    pause=${PIPEC_POLL_SECONDS:-15}
    sleep "$((left < pause ? left : pause))"
  done
  echo "No alarm went off."
fi
