#!/usr/bin/env bash
# Cancels runs of trunk that wait at the environment: they lack the hotfix, and hold the lock that it needs. A
# deployment in progress is left alone.
# Needs WORKFLOW (the file that starts the pipeline), TRUNK, JOB (the name of the deployment's job), RUN_ID, GH_TOKEN.
set -euo pipefail

runs=$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/workflows/$WORKFLOW/runs" --field branch="$TRUNK" \
  --field per_page=50 --jq '.workflow_runs[] | select(.status != "completed") | .id')
for run in $runs; do
  [ "$run" != "$RUN_ID" ] || continue
  waiting=$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/runs/$run/jobs" --field per_page=100 |
    JOB="$JOB" jq 'any(.jobs[]; (.name | endswith(env.JOB)) and (.status | IN("waiting", "pending", "queued")))')
  if [ "$waiting" = true ]; then
    gh api --method POST "repos/$GITHUB_REPOSITORY/actions/runs/$run/cancel" >/dev/null
    echo "Cancelled run $run, which waited without the hotfix."
  fi
done
