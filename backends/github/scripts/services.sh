#!/usr/bin/env bash
# Waits until the containers beside this job answer. Needs SERVICES: the name and the port of each, one on a line.
set -euo pipefail
# shellcheck source=../../common/scripts/port_answers.sh
. "$(dirname "$0")/port_answers.sh"

limit=${PIPEC_SERVICE_SECONDS:-120}
until=$((SECONDS + limit))
while read -r name port; do
  [ -n "$name" ] || continue
  until port_answers "$port"; do
    if [ "$SECONDS" -ge "$until" ]; then
      echo "::error title=pipec service::the port of $name does not answer after $limit seconds"
      exit 1
    fi
    sleep 0.2
  done
done <<<"$SERVICES"
