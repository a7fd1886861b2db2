#!/usr/bin/env bash
# Installs what is missing, builds into build/ (Release), runs every test and ends with "N passed, N failed".
# Arguments go to CTest: tests/run.sh -R judges
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
# Nothing here may wait for an answer, nor read what was piped to the caller.
exec < /dev/null
export LC_ALL=C.UTF-8
# shellcheck source=samples/packages.sh
source "$root/samples/packages.sh"

say() { printf '%s\n' "$*" >&2; }

# The wanted packages that are not installed, one a line.
missing_packages() {
  local wanted=("${PIPEC_BUILD_PACKAGES[@]}" "${PIPEC_TEST_PACKAGES[@]}") package
  local -A installed=()
  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2> /dev/null |
           sed -n 's/^installed //p')
  for package in "${wanted[@]}"; do
    case $package in
      # Node often comes from elsewhere, and then its package excludes Debian's npm.
      nodejs) command -v node > /dev/null || printf '%s\n' "$package" ;;
      npm) command -v npm > /dev/null || printf '%s\n' "$package" ;;
      *) [ -n "${installed[$package]:-}" ] || printf '%s\n' "$package" ;;
    esac
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo --non-interactive "$@"
  else
    say "neither root nor sudo"
    return 1
  fi
}

# All from apt-get goes to standard error: standard output is for the tests.
install_packages() {
  as_root apt-get -qq update >&2 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$@" >&2
}

ensure_packages() {
  local missing needed
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -eq 0 ]; then
    return
  fi
  say "installing: ${missing[*]}"
  if install_packages "${missing[@]}"; then
    return
  fi
  # Without Node everything but the judges can be tested; their tests say so.
  mapfile -t needed < <(missing_packages | grep -vxE 'nodejs|npm')
  if [ "${#needed[@]}" -gt 0 ]; then
    say "run.sh: these packages are missing and could not be installed: ${needed[*]}"
    say "        install them and start again: apt-get install ${needed[*]}"
    exit 1
  fi
  say "run.sh: Node could not be installed"
}

ensure_packages
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release > /dev/null
ninja -C "$build"

results=$build/Testing/results.xml
rm -f "$results"
# The summary decides: it also sees tests that could not be started. The sizes keep CTest from cutting what tests printed.
ctest --test-dir "$build" --output-on-failure -j2 --output-junit "$results" \
  --test-output-size-passed 1000000 --test-output-size-failed 1000000 "$@" || true
python3 "$root/tests/summary.py" "$results"
