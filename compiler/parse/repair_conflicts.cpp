// The markers that a merge leaves where it found conflicts.
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/conflicts.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"

#include <algorithm>
#include <string>

namespace pipec::parse {
namespace {

constexpr uint32_t marker_size = 7;

}  // namespace

std::string_view conflict_marker(std::string_view line) {
  const std::string_view marker = line.substr(0, marker_size);
  const bool signs = marker.size() == marker_size &&
                     std::string_view("<|=>").find(marker.front()) != std::string_view::npos &&
                     marker.find_first_not_of(marker.front()) == std::string_view::npos;
  const bool ends = line.size() <= marker_size ||
                    std::string_view(" \r\n").find(line[marker_size]) != std::string_view::npos;
  return signs && ends ? marker : "";
}

DiagnosticBuilder report_conflict(std::string_view marker, Span at, DiagnosticSink& sink) {
  auto report = sink.report(diag::merge_conflict, at, marker);
  report.note(
      "keep one side, or both, and remove the lines that begin with `<<<<<<<`, `|||||||`, `=======` and "
      "`>>>>>>>`");
  return report;
}

// Of a conflict the first side is read.
void Repair::merge_conflicts() {
  const auto& all = tokens_.all;
  const auto marker_at = [&](uint32_t begin) {
    const bool first = begin == 0 || text_[begin - 1] == '\n';
    return first ? conflict_marker(text_.substr(begin, marker_size + 1)) : "";
  };
  const auto marks = [&](const TokenPtr& token) { return !marker_at(span(*token).begin).empty(); };
  const auto first = std::find_if(all.begin(), all.end(), marks);
  if (first == all.end()) return;
  std::vector<TokenPtr> kept;
  size_t told = 0;
  bool inside = false;
  // Up to where tokens are left out.
  uint32_t hidden = 0;
  // The line end before the next `>>>>>>>`.
  size_t end = 0;
  for (TokenPtr& token : tokens_.all) {
    const Span at = span(*token);
    const bool at_end = token->getType() == antlr4::Token::EOF;
    const std::string_view marker = at_end ? "" : marker_at(at.begin);
    if (marker.empty()) {
      if (at_end || at.begin >= hidden) kept.push_back(std::move(token));
      continue;
    }
    const char sign = marker.front();
    if (end < at.begin) end = text_.find("\n>>>>>>>", at.begin);
    const bool closes = sign == '>' || end == std::string_view::npos;
    if ((sign == '<' || !inside) && ++told <= max_errors) {
      auto report = report_conflict(marker, {at.source, at.begin, at.begin + marker_size}, sink_);
      if (!closes) {
        const auto last = static_cast<uint32_t>(end + 1);
        report.label({at.source, last, last + marker_size}, "it ends here");
      }
    }
    const bool other_side = inside && !closes && sign != '<';
    hidden = std::max(hidden, other_side ? static_cast<uint32_t>(end + 1) : end_of_line(at.begin));
    inside = !closes;
  }
  tokens_.all = std::move(kept);
}

}  // namespace pipec::parse
