#!/usr/bin/env bash
# Opens the post-incident review of a hotfix, with what the ledger knows. It has the fields of the issue form.
# Needs ENVIRONMENT, BRANCH, BRANCH_PATTERN, COMMIT, RUN_ID, CHANGES, REPORT_LABEL, PIPELINE, TRUNK and GH_TOKEN.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"
# shellcheck source=issues.sh
. "$(dirname "$0")/issues.sh"

ledger_open "$(mktemp -d)"
ledger_fetch
deployed_at=$(ledger_read "deployment/$ENVIRONMENT" | jq --raw-output --arg run "$RUN_ID" '
  [.[] | select(.run == $run)] | last | .at // "unknown"')
started_at=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$RUN_ID" --jq .run_started_at)
incident=$BRANCH
if [[ $BRANCH =~ $BRANCH_PATTERN ]] && [ -n "${BASH_REMATCH[1]:-}" ]; then incident=${BASH_REMATCH[1]}; fi

body=$(
  cat <<END
### Incident ID

$incident

### Deployment Timeline

- Deploy started: $started_at
- Issue detected:
- Rollback initiated:
- Service recovered:
- Root cause identified:
- Hotfix deployed: $deployed_at

### Pipeline Gaps

- [ ] Could a test have caught this?
- [ ] Could canary analysis have caught this?
- [ ] Could a security scan have caught this?
- [ ] Was rollback fast enough?
- [ ] Did monitoring detect the issue?

### Pipeline Improvements

1. Add test:
2. Tighten canary threshold:
3. Add monitoring:
4. Update runbook:

### Hotfix

Branch \`$BRANCH\`, commit $COMMIT, $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$RUN_ID

$CHANGES
END
)
open_issue "Review of $incident ($BRANCH)" "$body"
