#!/usr/bin/env bash
# Starts the backfill on the hotfix branch. An event caused by GITHUB_TOKEN starts no workflow, a dispatch does.
# Needs WORKFLOW, BRANCH and GH_TOKEN.
set -euo pipefail

gh api --method POST "repos/$GITHUB_REPOSITORY/actions/workflows/$WORKFLOW/dispatches" --field ref="$BRANCH"
echo "The backfill of $BRANCH was started."
