#!/usr/bin/env bash
# Whether the environments that this run names are protected as the pipeline was compiled. A workflow that names an
# environment which does not exist creates it without any protection, so this comes first.
# Needs SETTINGS, the `environments` of settings.json, ENVIRONMENT, COMMIT and GH_TOKEN with the right to read actions.
set -euo pipefail
# shellcheck source=ledger.sh
. "$(dirname "$0")/ledger.sh"

# What GitHub answers; `null` where there is nothing, or where the token may not look.
get() {
  local answer
  # gh prints the body of an error too.
  if answer=$(gh api "repos/$GITHUB_REPOSITORY/$1" 2>/dev/null); then echo "$answer"; else echo null; fi
}

rules_of() {
  local environment policies
  environment=$(get "environments/$1")
  policies=$(get "environments/$1/deployment-branch-policies?per_page=100")
  jq --compact-output --arg name "$1" --argjson policies "$policies" --from-file "$scripts/environment.jq" <<<"$environment"
}

# What differs, one on a line.
differences() {
  jq --null-input --raw-output --argjson wanted "$1" --argjson found "$2" '
    if $found == null then "it does not exist" else
      $wanted | to_entries[]
      | select(.value != $found[.key])
      | "\(.key) should be \(.value | tojson), is \($found[.key] | tojson)"
    end'
}

scripts=$(cd "$(dirname "$0")" && pwd)
ledger_open "$(mktemp -d)"
ledger_fetch
wrong=""
environments=$(jq --compact-output '.[]' <<<"$SETTINGS")
while read -r wanted; do
  name=$(jq --raw-output .name <<<"$wanted")
  found=$(rules_of "$name")
  different=$(differences "$wanted" "$found")
  if [ -n "$different" ]; then
    echo "Environment $name:"
    while read -r line; do echo "- $line"; done <<<"$different"
    wrong="$wrong $name"
  fi
done <<<"$environments"
if [ -n "$wrong" ]; then
  refuse settings "The environments$wrong are not protected as the pipeline was compiled: an administrator runs setup.sh."
else
  echo "All environments are protected as the pipeline was compiled."
fi
