#!/usr/bin/env bash
# Installs what is missing, builds pipec, compiles the checkout sample for its three targets and runs a local plan.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C.UTF-8
# shellcheck source=samples/packages.sh
source "$root/samples/packages.sh"

install_missing "${PIPEC_BUILD_PACKAGES[@]}" "${PIPEC_QUICKSTART_PACKAGES[@]}" ||
  require_packages "${PIPEC_BUILD_PACKAGES[@]}" "${PIPEC_QUICKSTART_PACKAGES[@]}"

# A build directory that has the tests keeps them; a new one does without what only tests need.
tests=()
[ -f "$root/build/CMakeCache.txt" ] || tests=(-DPIPEC_TESTS=OFF)
cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release "${tests[@]}" > /dev/null
say "building pipec; the first time takes a few minutes"
ninja -C "$root/build" pipec >&2

# show COMMAND...: says what is run, as it would be typed, and runs it.
show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

cd "$root"
show build/pipec lint samples/checkout/checkout.pipe
show build/pipec compile samples/checkout/checkout.pipe -o build/quickstart
show build/pipec hotfix samples/checkout/checkout.pipe
# 1 says what a real run would need and is not installed here.
show build/pipec run build/quickstart/local/checkout-service.plan.yaml --dry-run || [ $? -eq 1 ]
show cd samples/quickstart
show ../../build/pipec run quickstart.pipe --deploy workstation

cat <<'END'

Done. build/quickstart holds what the checkout sample compiles to; README.md says how to go on.
END
