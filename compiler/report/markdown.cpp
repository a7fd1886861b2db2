#include "compiler/diag/render.h"
#include "compiler/report/formats.h"
#include "compiler/support/markup.h"

#include <fmt/core.h>

namespace pipec::report {
namespace {

std::string told(std::string_view text) { return markdown_escaped(printable(text)); }

std::string_view heading_of(const Finding& finding) {
  switch (finding.standing) {
    case Standing::known:
      return "known";
    case Standing::waived:
      return "waived";
    case Standing::counts:
      break;
  }
  return to_string(finding.severity);
}

std::string item_of(const JudgedFile& file, const Finding& finding) {
  const std::string place =
      finding.at ? fmt::format("{}:{}:{}", finding.at->file, finding.at->begin.line, finding.at->begin.column)
                 : file.path;
  std::string text = fmt::format("- **{}** {} {}  \n  {}\n", heading_of(finding), told(finding.code),
                                 told(place), told(finding.message));
  for (const std::string& note : finding.notes)
    text += fmt::format("  - {}\n", told(note));
  if (!finding.because.empty()) text += fmt::format("  - because: {}\n", told(finding.because));
  if (!finding.fixes.empty()) text += fmt::format("  - fix: {}\n", told(finding.fixes.front().title));
  return text;
}

}  // namespace

std::string to_markdown(const Judgement& judgement) {
  std::string text = fmt::format("## pipec lint: {}\n\n", in_words(total(judgement.files)));
  const auto rows = overview(judgement.files);
  for (size_t r = 0; r < rows.size(); ++r) {
    text += "|";
    for (const std::string& cell : rows[r])
      text += fmt::format(" {} |", told(cell));
    text += "\n";
    if (r > 0) continue;
    text += "| --- | --- | --- |";
    // Counts.
    for (size_t i = 3; i < rows[r].size(); ++i)
      text += " ---: |";
    text += "\n";
  }
  std::string items;
  for (const auto& [file, finding] : distinct(judgement.files))
    items += item_of(*file, *finding);
  return items.empty() ? text : text + "\n" + items;
}

}  // namespace pipec::report
