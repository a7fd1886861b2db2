// Spaces of web pages and documents, which look like others.
#include "PipeLexer.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"
#include "compiler/support/utf8.h"

#include <algorithm>
#include <string>

namespace pipec::parse {
namespace {

bool is_wide_space(char32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_without_width(char32_t c) { return (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF; }

}  // namespace

void Repair::foreign_spaces() {
  std::vector<TokenPtr> kept;
  const auto character = [&](const antlr4::Token& token) {
    return token.getType() == PipeLexer::BAD ? character_at(text_, span(token).begin) : U'\0';
  };
  const auto foreign = [&](const antlr4::Token& token) {
    const char32_t c = character(token);
    return is_wide_space(c) || is_without_width(c);
  };
  auto& all = tokens_.all;
  if (std::none_of(all.begin(), all.end(), [&](const TokenPtr& token) { return foreign(*token); })) return;
  size_t told = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!foreign(*all[i])) {
      kept.push_back(std::move(all[i]));
      continue;
    }
    // All of the line are one mistake.
    const size_t line = all[i]->getLine();
    const Span at = span(*all[i]);
    const bool space = is_wide_space(character(*all[i]));
    std::vector<Edit> edits;
    size_t next = i;
    for (; next < all.size() && all[next]->getLine() == line; ++next) {
      if (!foreign(*all[next])) {
        kept.push_back(std::move(all[next]));
        continue;
      }
      edits.push_back({span(*all[next]), is_wide_space(character(*all[next])) ? " " : ""});
    }
    i = next - 1;
    if (++told > max_errors) continue;
    sink_.report(diag::unexpected_character, at, code_point_name(character_at(text_, at.begin)))
        .fix(space ? "write a plain space" : "remove it", std::move(edits), space);
  }
  all = std::move(kept);
}

}  // namespace pipec::parse
