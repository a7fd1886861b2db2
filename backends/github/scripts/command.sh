#!/usr/bin/env bash
# A deployment by a command of the pipeline: SCRIPT deploys, UNDO takes it back, both in AWS_REGION.
# Needs SHELL_COMMAND, the shell that runs them, and STATE, the file of this region.
set -euo pipefail

read -r -a shell <<<"$SHELL_COMMAND"
if [ "$1" = deploy ]; then
  touch "$STATE"
  exec "${shell[@]}" -c "$SCRIPT"
fi
exec "${shell[@]}" -c "$UNDO"
