// The one form of a `.pipe` file: `pipec fmt`. grammar/README.md says what it looks like.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

#include <optional>
#include <string>

namespace pipec::format {

// The source in its one form, with `\n` as line end and without a byte order mark. Nothing when it has syntax
// errors; they are in `sink` then. The result means the same and has the same comments, which is checked
// every time.
std::optional<std::string> format(SourceId source, const SourceManager& sources, DiagnosticSink& sink);

}  // namespace pipec::format
