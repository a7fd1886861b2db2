// What every promise asks of diagnostics.
#pragma once

#include "compiler/diag/diagnostic.h"

#include <string>

namespace pipec::fuzz {

// Every place lies in its source, and everything can be printed as text and as JSON. What is broken, in
// words.
std::string broken_by_diagnostics(const DiagnosticSink& sink, const SourceManager& sources);

}  // namespace pipec::fuzz
