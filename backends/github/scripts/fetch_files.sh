#!/usr/bin/env bash
# Puts the files of an artifact back at their paths, after a look at its digest. Needs NAME and SHA256; with FOLDER they
# are put below that folder, which a part of a collection has.
set -euo pipefail

archive="$RUNNER_TEMP/$NAME.tar.gz"
folder=${FOLDER:-.}
echo "$SHA256  $archive" | sha256sum --check --quiet
mkdir -p "$folder"
tar --extract --gzip --file "$archive" --directory "$folder"
