// The lines by which git marks a conflict of a merge.
#pragma once

#include "compiler/diag/diagnostic.h"

#include <string_view>

namespace pipec::parse {

// The seven signs that mark a conflict at the start of the line, or nothing.
std::string_view conflict_marker(std::string_view line);

// Reports the conflict whose first marker stands at `at`.
DiagnosticBuilder report_conflict(std::string_view marker, Span at, DiagnosticSink& sink);

}  // namespace pipec::parse
