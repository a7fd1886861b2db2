# shellcheck shell=bash
# Runs a command whose failure does not keep what follows from running: always NAME COMMAND…
# always_ended, the last line of the build, fails then; for a command without a name it does not.
pipec_failed=
always() {
  local name=$1 status
  shift
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  [ "$status" -eq 0 ] || echo "failed with $status${name:+, so this build fails at its end}" >&2
  [ "$status" -eq 0 ] || [ -z "$name" ] || pipec_failed+=" $name"
}
always_ended() {
  [ -z "$pipec_failed" ] || {
    echo "failed:$pipec_failed" >&2
    return 1
  }
}
