#!/usr/bin/env bash
# Fetches a program, compares it with its digest and puts it on the path.
# Needs NAME, URL, SHA256 and MEMBER, its path in the archive, or empty when the file is the program.
set -euo pipefail

folder="$RUNNER_TEMP/pipec-tools"
file="$RUNNER_TEMP/pipec-download"
mkdir -p "$folder"
curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$file" "$URL"
echo "$SHA256  $file" | sha256sum --check --quiet
if [ -n "$MEMBER" ]; then
  tar --extract --file "$file" --to-stdout "$MEMBER" >"$folder/$NAME"
else
  cp "$file" "$folder/$NAME"
fi
chmod 755 "$folder/$NAME"
echo "$folder" >>"$GITHUB_PATH"
