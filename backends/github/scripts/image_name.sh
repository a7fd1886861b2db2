#!/usr/bin/env bash
# The name under which an image is pushed: one of its own for every attempt, so that tags can be immutable.
# Needs REGISTRY, REPOSITORY, COMMIT, RUN_ID and RUN_ATTEMPT.
set -euo pipefail

echo "uri=$REGISTRY/$REPOSITORY:$COMMIT-$RUN_ID-$RUN_ATTEMPT" >>"$GITHUB_OUTPUT"
