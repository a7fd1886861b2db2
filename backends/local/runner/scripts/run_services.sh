# shellcheck shell=bash
# Behind port_answers.sh and services.sh: `start NAME PREFIX IMAGE PORT VARIABLE… [-- NAME …]…`, or `stop`.
set -euo pipefail

case $1 in
  start)
    shift
    while [ $# -gt 0 ]; do
      words=()
      while [ $# -gt 0 ] && [ "$1" != -- ]; do
        words+=("$1")
        shift
      done
      start_service "${words[@]}"
      [ $# -eq 0 ] || shift
    done
    ;;
  stop) stop_services ;;
esac
