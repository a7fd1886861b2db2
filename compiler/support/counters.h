// How often the compiler does what it could do too often. A test compares the counts of small and large
// inputs, which, unlike times, are the same on every machine. Counting is one addition; each thread counts
// what it does itself.
#pragma once

#include <cstdint>

namespace pipec {

struct Counters {
#define PIPEC_COUNTER(NAME, WORDS) uint64_t NAME = 0;
#include "compiler/support/counters.def"
#undef PIPEC_COUNTER
};

inline constinit thread_local Counters counters;

}  // namespace pipec
