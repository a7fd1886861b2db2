#!/usr/bin/env bash
# An approval holds for a while: environments keep a run waiting for 30 days.
# Needs WITHIN in seconds and ASKED, the times at which what came before had ended, in seconds since 1970.
set -euo pipefail

latest=0
for time in $ASKED; do
  if [ "$time" -gt "$latest" ]; then latest=$time; fi
done
age=$(($(date -u +%s) - latest))
if [ "$age" -gt "$WITHIN" ]; then
  echo "::error title=pipec approval::Approval was asked for $((age / 60)) minutes ago and holds for $((WITHIN / 60)) minutes. Start the run anew."
  exit 1
fi
echo "Approved, $age s after it was asked for."
