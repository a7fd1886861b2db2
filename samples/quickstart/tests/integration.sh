#!/usr/bin/env bash
# Unpacks the package and checks the program in it as a user would run it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar -xzf "$1" -C "$folder"
tally=$folder/tally

check() {
  local expected=$1 actual=$2
  if [ "$expected" != "$actual" ]; then
    printf 'expected:\n%s\ngot:\n%s\n' "$expected" "$actual" >&2
    exit 1
  fi
}

check $'2 the\n1 end\n1 of' "$(printf 'The end of the' | "$tally")"
check "" "$("$tally" /dev/null)"
if "$tally" "$folder/none" 2>/dev/null; then
  echo "a missing file was accepted" >&2
  exit 1
fi
echo "the package works"
