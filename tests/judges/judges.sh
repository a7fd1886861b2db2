#!/usr/bin/env bash
# judges.sh install         brings the packages of package-lock.json into node_modules; does nothing when they are there
# judges.sh run ARGUMENT…   node, with the judges at hand: judges.sh run tests/judges/judge-workflows.mjs FOLDER
#
# Where the judges cannot be had (no Node, no npm, no registry) it prints "judge absent: …" and ends with 77, which CTest
# counts as skipped. PIPEC_JUDGES=required makes that a failure.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stamp=$here/node_modules/.installed
# Debian 12's own is 18.20; before 18.19 there is no module.register().
oldest_node=18.19
# How npm says that it is the network, not the packages.
unreachable='ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|CERT|E(403|407|429|5[0-9][0-9])\b'

absent() {
  printf 'judge absent: all judges of tests/judges (%s)\n' "$1" >&2
  [ "${PIPEC_JUDGES:-}" != required ] || exit 1
  exit 77
}

# Prints the first node on PATH that is new enough.
find_node() {
  local candidate version seen=""
  while read -r candidate; do
    version=$("$candidate" --version 2>/dev/null) || continue
    seen="$seen $candidate is $version,"
    if printf '%s\n' "$oldest_node" "${version#v}" | sort --check=quiet --version-sort; then
      printf '%s\n' "$candidate"
      return
    fi
  done < <(type -ap node)
  absent "they need Node $oldest_node or newer;${seen:- there is no node on PATH}"
}

lockfile_hash() {
  sha256sum < "$here/package-lock.json"
}

is_installed() {
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(lockfile_hash)" ]
}

install() {
  local node log status=0
  # One at a time: tests may run in parallel.
  exec 9< "$here/package-lock.json"
  flock 9
  if is_installed; then
    return
  fi
  node=$(find_node) || exit
  # npm runs with the node that was found, not with the first one.
  PATH=$(dirname "$node"):$PATH
  command -v npm > /dev/null || absent "npm is not on PATH"
  log=$(cd "$here" &&
        npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 2>&1) || status=$?
  if [ "$status" -ne 0 ]; then
    printf '%s\n' "$log" >&2
    if grep -qE "$unreachable" <<< "$log"; then
      absent "npm cannot reach its registry; see above"
    fi
    printf 'judges.sh: npm ci failed; see above\n' >&2
    exit 1
  fi
  lockfile_hash > "$stamp"
}

run() {
  local node
  node=$(find_node) || exit
  is_installed || absent "they are not installed; run tests/judges/judges.sh install"
  exec "$node" "$@"
}

case ${1:-} in
  install) install ;;
  run) run "${@:2}" ;;
  *)
    printf 'usage: judges.sh install | judges.sh run ARGUMENT…\n' >&2
    exit 2
    ;;
esac
