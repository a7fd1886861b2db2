// Diagnostics for people.
#pragma once

#include "compiler/diag/diagnostic.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec {

struct RenderOptions {
  bool color = false;
  // More diagnostics than this are counted, not shown.
  size_t limit = 100;
  // Columns of the terminal; 0 when it is none.
  size_t width = 0;
};

// `path:line:col: error[P0203]: …` with an excerpt of the source, labels, notes and the best fix.
std::string render_text(const std::vector<Diagnostic>& diagnostics, const SourceManager& sources,
                        const RenderOptions& options);

// `text` without what may steer a terminal (control and bidirectional characters are shown as `?`) and
// without credentials (shown as `*`).
std::string printable(std::string_view text);

// "2 errors and 1 warning"; empty for none.
std::string count_in_words(const std::vector<Diagnostic>& diagnostics);

}  // namespace pipec
