# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the scripts that source this file: samples/quickstart.sh, tests/run.sh
# The Debian 12 packages that pipec needs.

# To build it. ANTLR's tool brings its Java along, LLVM what LLVMSupport is linked with, except zlib.
PIPEC_BUILD_PACKAGES=(
  g++ cmake ninja-build
  antlr4 libantlr4-runtime-dev
  llvm-14-dev zlib1g-dev
  libfmt-dev libyaml-cpp-dev libmd-dev nlohmann-json3-dev
)

# To test it, besides.
PIPEC_TEST_PACKAGES=(
  git jq shellcheck yamllint
  libgtest-dev libgmock-dev libbenchmark-dev
  python3 python3-boto3 python3-jsonschema
  nodejs npm
)
