// The pages of the diagnostics.
#pragma once

#include "compiler/diag/diagnostic.h"

#include <string>

namespace pipec::driver {

// The text of a diagnostic with `…` where its arguments stand.
std::string pattern_of(const DiagnosticInfo& info);

// As `pipec explain CODE` prints it: what is found and why, a mistake and what to write instead, and how it
// may be let off.
std::string to_text(const DiagnosticInfo& info);

// All of them, as compiler/diag/diagnostics.md holds them.
std::string diagnostics_as_markdown();

}  // namespace pipec::driver
