#!/usr/bin/env bash
# Packs the files of an artifact with their paths and modes, which an artifact of GitHub does not keep.
# Needs NAME and PATHS, one path or pattern on a line.
set -euo pipefail
shopt -s globstar nullglob dotglob

archive="$RUNNER_TEMP/$NAME.tar.gz"
list="$RUNNER_TEMP/$NAME.list"
: >"$list"
IFS=
while read -r pattern; do
  count=0
  # shellcheck disable=SC2086,SC2231
  for path in $pattern; do
    if [ -f "$path" ] || [ -L "$path" ]; then
      printf '%s\0' "$path" >>"$list"
      count=$((count + 1))
    fi
  done
  if [ "$count" = 0 ]; then
    echo "::error title=pipec artifact::$NAME: there is no file $pattern"
    exit 1
  fi
done <<<"$PATHS"
tar --create --gzip --file "$archive" --no-recursion --null --verbatim-files-from --files-from "$list"
{
  echo "sha256=$(sha256sum "$archive" | cut -d ' ' -f 1)"
  printf 'path<<PIPEC_END_OF_PATH\n%s\nPIPEC_END_OF_PATH\n' "$PATHS"
} >>"$GITHUB_OUTPUT"
