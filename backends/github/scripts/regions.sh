#!/usr/bin/env bash
# Runs a deployment script in several regions at the same time: `regions.sh SCRIPT deploy|undo REGION…`. Fails when one
# of them fails, after all have ended. What was begun in a region is left in a file of PIPEC_STATE, and only that is
# undone. Needs ELEMENT and PIPEC_STATE, a folder.
set -euo pipefail

script=$1
verb=$2
shift 2
mkdir -p "$PIPEC_STATE"
regions=()
for region in "$@"; do
  if [ "$verb" = deploy ] || [ -f "$PIPEC_STATE/$ELEMENT.$region" ]; then regions+=("$region"); fi
done
if [ ${#regions[@]} -eq 0 ]; then
  echo "There is nothing to take back."
  exit 0
fi
if [ "$verb" = deploy ]; then touch "$PIPEC_STATE/begun"; fi

processes=()
for region in "${regions[@]}"; do
  AWS_REGION=$region AWS_DEFAULT_REGION=$region STATE="$PIPEC_STATE/$ELEMENT.$region" \
    bash "$(dirname "$0")/$script.sh" "$verb" > >(sed --unbuffered "s/^/$region | /") 2>&1 &
  processes+=($!)
done
failed=0
for index in "${!processes[@]}"; do
  if ! wait "${processes[$index]}"; then
    echo "::error title=pipec deployment::$ELEMENT: $verb failed in ${regions[$index]}"
    failed=1
  fi
done
exit "$failed"
