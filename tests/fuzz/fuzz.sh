#!/usr/bin/env bash
# fuzz.sh build                   builds the fuzzers with clang
# fuzz.sh smoke NAME SECONDS      runs one (parse, format, front_end) from the checked-in corpus, with the same changes
#                                 each time; forgets what it found new, keeps findings
# fuzz.sh run NAME SECONDS [OPTION…]  also from every text of the tests, samples and library, and from what earlier
#                                 runs found new; further options go to libFuzzer
# fuzz.sh keep                    brings into the checked-in corpus what reaches code that nothing there reaches
# In $PIPEC_FUZZ_BUILD, build/fuzz when it is not set. Ends with 77 where clang is absent.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${PIPEC_FUZZ_BUILD:-$root/build/fuzz}
corpus=$here/corpus
# Longer inputs take longer and reach nothing that shorter ones do not.
max_bytes=8192

if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
  clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null 2> /dev/null; then
  echo "fuzzers absent: clang++ with libFuzzer is not installed"
  exit 77
fi

build_fuzzers() {
  CC=clang CXX=clang++ cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPIPEC_FUZZ=ON > /dev/null
  ninja -C "$build" fuzzers
}

# fuzz NAME [OPTION…] FOLDER…: libFuzzer reads all folders and writes what is new into the first one.
fuzz() {
  local name=$1
  shift
  mkdir -p "$build/findings"
  "$build/tests/fuzz/fuzz_$name" -max_len=$max_bytes -timeout=60 -report_slow_units=60 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="$build/tests/fuzz/keywords.dict" -artifact_prefix="$build/findings/$name-" "$@"
}

smoke() {
  local new
  new=$(mktemp -d)
  # shellcheck disable=SC2064 # the name is known now only
  trap "rm -rf '$new'" EXIT
  fuzz "$1" -seed=1 -max_total_time="$2" "$new" "$corpus"
}

run() {
  local name=$1 seconds=$2
  shift 2
  mkdir -p "$build/corpus/$name"
  python3 "$here/seeds.py" "$build/seeds"
  fuzz "$name" -max_total_time="$seconds" "$@" "$build/corpus/$name" "$corpus" "$build/seeds"
}

keep() {
  local name
  python3 "$here/seeds.py" "$build/seeds"
  for name in front_end format parse; do
    mkdir -p "$build/corpus/$name"
    fuzz "$name" -merge=1 -set_cover_merge=1 "$corpus" "$build/seeds" "$build/corpus/$name"
  done
}

case ${1:-} in
  build) build_fuzzers ;;
  smoke) smoke "$2" "$3" ;;
  run) run "${@:2}" ;;
  keep) keep ;;
  *)
    sed -n '2,9s/^# //p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
