# shellcheck shell=bash
# The Debian 12 packages that pipec needs, and how missing ones are installed. Sourced by samples/quickstart.sh and
# tests/run.sh.

# To build it. ANTLR's tool brings its Java along, LLVM what LLVMSupport is linked with, except zlib.
# shellcheck disable=SC2034 # read by those who source this file
PIPEC_BUILD_PACKAGES=(
  g++ cmake ninja-build
  antlr4 libantlr4-runtime-dev
  llvm-14-dev zlib1g-dev
  libfmt-dev libyaml-cpp-dev libyaml-dev nettle-dev nlohmann-json3-dev
)

# What the local run of samples/quickstart uses, besides.
# shellcheck disable=SC2034
PIPEC_QUICKSTART_PACKAGES=(make cppcheck shellcheck)

# To test it, besides.
# shellcheck disable=SC2034
PIPEC_TEST_PACKAGES=(
  git jq shellcheck yamllint
  libgtest-dev libgmock-dev libbenchmark-dev
  python3 python3-boto3 python3-jsonschema
)

# Without these some tests are skipped, and say so: those with judges, those with fuzzers.
# shellcheck disable=SC2034
PIPEC_JUDGES_PACKAGES=(nodejs npm)
# shellcheck disable=SC2034
PIPEC_FUZZ_PACKAGES=(clang libclang-rt-14-dev)

say() { printf '%s\n' "$*" >&2; }

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
  local package
  local -A installed=()
  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null |
           sed -n 's/^installed //p')
  for package in "$@"; do
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

# install_missing PACKAGE...: installs those that are not there; fails when it cannot. All from apt-get goes to standard
# error, since standard output belongs to the caller.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    return
  fi
  say "installing: ${missing[*]}"
  as_root apt-get -qq update >&2 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}" >&2
}

# require_packages PACKAGE...: ends the script with a message when one is missing.
require_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -gt 0 ]; then
    say "${0##*/}: these packages are missing and could not be installed: ${missing[*]}"
    say "install them and start again: apt-get install ${missing[*]}"
    exit 1
  fi
}
