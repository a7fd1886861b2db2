#include "tests/fuzz/diagnostics.h"

#include "compiler/diag/render.h"

namespace pipec::fuzz {
namespace {

bool lies_in_its_source(Span span, const SourceManager& sources) {
  return static_cast<size_t>(span.source) < sources.size() && span.begin <= span.end &&
         span.end <= sources.text(span.source).size();
}

std::string misplaced(const Diagnostic& diagnostic, const SourceManager& sources) {
  bool well = lies_in_its_source(diagnostic.span, sources);
  for (const Label& label : diagnostic.labels)
    well = well && lies_in_its_source(label.span, sources);
  for (const Fix& fix : diagnostic.fixes) {
    for (const Edit& edit : fix.edits)
      well = well && lies_in_its_source(edit.span, sources);
  }
  return well ? "" : "a place of `" + diagnostic.message + "` is outside of the text";
}

}  // namespace

std::string broken_by_diagnostics(const DiagnosticSink& sink, const SourceManager& sources) {
  const std::vector<Diagnostic> diagnostics = sink.sorted();
  for (const Diagnostic& diagnostic : diagnostics) {
    if (std::string why = misplaced(diagnostic, sources); !why.empty()) return why;
  }
  render_text(diagnostics, sources, {});
  render_json(diagnostics, sources);
  return {};
}

}  // namespace pipec::fuzz
