# shellcheck shell=bash
# Runs a command again when it fails: attempts COUNT SECONDS-BETWEEN COMMAND…
attempts() {
  local left=$1 pause=$2 status
  shift 2
  while :; do
    status=0
    "$@" || status=$?
    left=$((left - 1))
    if [ "$status" -eq 0 ] || [ "$left" -eq 0 ]; then return "$status"; fi
    echo "failed with $status, $left attempts left" >&2
    sleep "$pause"
  done
}
