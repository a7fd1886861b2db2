// Comments of other languages: `/* … */`, `<!-- … -->`, `-- …`; `// …` is told with the characters.
#include "PipeLexer.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/repair.h"
#include "compiler/parse/repair_lines.h"

namespace pipec::parse {

std::optional<size_t> Repair::block_comment(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  const bool apart =
      at.begin == 0 || std::string_view(" \t\r\n{}").find(text_[at.begin - 1]) != std::string_view::npos;
  const bool markup = text_.substr(at.begin, 4) == "<!--";
  if ((!markup && text_.substr(at.begin, 2) != "/*") || !apart) return std::nullopt;
  const auto begin = static_cast<uint32_t>(at.begin + (markup ? 4 : 2));
  const std::string_view closes = markup ? "-->" : "*/";
  const size_t closing = text_.find(closes, begin);
  const bool closed = closing != std::string_view::npos;
  const uint32_t end = closed ? static_cast<uint32_t>(closing + closes.size()) : end_of_line(at.begin);
  auto report = sink_.report(diag::foreign_comment, {at.source, at.begin, begin});
  const bool one_line = closed && end <= end_of_line(at.begin);
  if (one_line && trimmed(text_.substr(end, end_of_line(end) - end)).empty()) {
    const std::string_view words = text_.substr(begin, closing - begin);
    const auto last = static_cast<uint32_t>(begin + words.find_last_not_of(blanks) + 1);
    report.fix("write `#`", {{{at.source, at.begin, begin}, "#"}, {{at.source, last, end}, ""}}, true);
  } else if (!one_line) {
    report.note("each line of a comment begins with `#`");
  }
  return go_on_at(end, index, kept);
}

// `-- a comment`, and `---` on a line of its own
std::optional<size_t> Repair::dashed_line(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  if (text_.substr(at.begin, 2) != "--") return std::nullopt;
  const bool first = is_first_on_line(at);
  // Behind words it may be part of a command that lacks its quotes.
  const size_t before = kept.empty() ? size_t{antlr4::Token::INVALID_TYPE} : kept.back()->getType();
  const bool behind_value = is_literal(before) || is_closing(before) || before == PipeLexer::LB;
  const std::string_view third = text_.substr(at.begin + 2, 1);
  const bool alone = third.empty() || third == " " || third == "\n" || third == "\r";
  if (!first && (!alone || !behind_value)) return std::nullopt;
  const uint32_t end = end_of_line(at.begin);
  const std::string_view line = trimmed(text_.substr(at.begin, end - at.begin));
  if (first && line.size() > 2 && line.find_first_not_of('-') == std::string_view::npos) {
    const Span dashes{at.source, at.begin, static_cast<uint32_t>(at.begin + line.size())};
    sink_.report(diag::other_language, dashes, line)
        .note("a file is a single document, and comments begin with `#`")
        .replace(dashes, "", true);
    return go_on_at(end, index, kept);
  }
  if (!alone) return std::nullopt;
  const Span dashes{at.source, at.begin, at.begin + 2};
  sink_.report(diag::foreign_comment, dashes).fix("write `#`", {{dashes, "#"}}, first);
  return go_on_at(end, index, kept);
}

}  // namespace pipec::parse
