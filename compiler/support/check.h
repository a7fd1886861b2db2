// Invariants of the compiler itself. A mistake in the user's input is a diagnostic, never a check.
#pragma once

#include <string_view>

namespace pipec {

// Prints where the invariant broke and ends the process with exit code 70 (a defect in pipec).
[[noreturn]] void check_failed(std::string_view file, int line, std::string_view condition);

}  // namespace pipec

// Holds in every build type: a wrong pipeline is worse than none.
#define PIPEC_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::pipec::check_failed(__FILE__, __LINE__, #condition))
