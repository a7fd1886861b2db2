#include "tests/fuzz/diagnostics.h"

#include "compiler/diag/render.h"
#include "compiler/report/formats.h"

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
  const std::vector<std::unique_ptr<ast::File>> files;
  const sema::Model model;
  report::JudgedFile file;
  file.findings = report::findings_of(diagnostics, {sources, files, model}, {});
  file.rules = report::rules_of(file.findings, model);
  const report::Judgement judgement{{std::move(file)}, "", Severity::error};
  for (const auto print :
       {report::to_json, report::to_sarif, report::to_junit, report::to_github, report::to_markdown})
    print(judgement);
  return {};
}

}  // namespace pipec::fuzz
