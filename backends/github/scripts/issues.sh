# shellcheck shell=bash
# Issues that people must act on. Needs REPORT_LABEL and GH_TOKEN.

# Opens an issue unless an open one has that title. Prints what became of it.
open_issue() {
  local number
  number=$(gh api --method GET "repos/$GITHUB_REPOSITORY/issues" --field state=open --field labels="$REPORT_LABEL" \
    --field per_page=100 | title="$1" jq --raw-output '[.[] | select(.title == env.title)] | first | .number // ""')
  if [ -z "$number" ]; then
    number=$(gh api --method POST "repos/$GITHUB_REPOSITORY/issues" --field title="$1" --field body="$2" \
      --field "labels[]=$REPORT_LABEL" --jq .number)
  fi
  echo "Issue $number: $1"
}
