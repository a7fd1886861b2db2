#include "compiler/diag/render.h"
#include "compiler/report/formats.h"

#include <fmt/core.h>

namespace pipec::report {
namespace {

// As the runner reads workflow commands back; a property ends at `,` and its list at `:`.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool escape = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += escape ? fmt::format("%{:02X}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return out;
}

std::string message_of(const Finding& finding) {
  std::string text = printable(finding.message);
  for (const Remark& remark : finding.related) {
    // An annotation stands in one file only.
    if (finding.at && remark.at.file == finding.at->file) continue;
    text += fmt::format("\nnote: {} ({}:{})", printable(remark.text), remark.at.file, remark.at.begin.line);
  }
  for (const std::string& note : finding.notes)
    text += "\nnote: " + printable(note);
  if (!finding.fixes.empty()) text += "\nfix: " + printable(finding.fixes.front().title);
  return text;
}

}  // namespace

std::string to_github(const Judgement& judgement) {
  std::string text;
  for (const auto& [file, finding] : distinct(judgement.files)) {
    if (finding->standing != Standing::counts) continue;
    const std::string_view command = finding->severity == Severity::error     ? "error"
                                     : finding->severity == Severity::warning ? "warning"
                                                                              : "notice";
    std::string place = "file=" + escaped(finding->at ? finding->at->file : file->path, true);
    if (finding->at) {
      const Region& at = *finding->at;
      place += fmt::format(",line={},endLine={}", at.begin.line, at.end.line);
      // Columns of several lines are refused.
      if (at.begin.line == at.end.line)
        place += fmt::format(",col={},endColumn={}", at.begin.column, at.end.column);
    }
    text += fmt::format("::{} {},title={}::{}\n", command, place, escaped(finding->code, true),
                        escaped(message_of(*finding), false));
  }
  return text;
}

}  // namespace pipec::report
