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

packages=("${PIPEC_BUILD_PACKAGES[@]}" "${PIPEC_QUICKSTART_PACKAGES[@]}" "${PIPEC_TEST_PACKAGES[@]}")
install_missing "${packages[@]}" || require_packages "${packages[@]}"
install_missing "${PIPEC_JUDGES_PACKAGES[@]}" || say "run.sh: without Node the judges are absent"
install_missing "${PIPEC_FUZZ_PACKAGES[@]}" || say "run.sh: without clang the fuzzers are absent"

cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPIPEC_TESTS=ON > /dev/null
ninja -C "$build"

results=$build/Testing/results.xml
rm -f "$results"
# The summary decides: it also sees tests that could not be started, and prints what failed ones said. The sizes keep CTest
# from cutting that.
ctest --test-dir "$build" -j2 --output-junit "$results" \
  --test-output-size-passed 1000000 --test-output-size-failed 1000000 "$@" || true
python3 "$root/tests/summary.py" "$results"
