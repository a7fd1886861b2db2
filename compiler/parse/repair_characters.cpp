#include "PipeLexer.h"
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/repair.h"
#include "compiler/support/utf8.h"

#include <string>

#include <fmt/core.h>

namespace pipec::parse {

void Repair::report_bidi(const antlr4::Token& token) {
  const Span at = span(token);
  const std::string_view text = text_.substr(at.begin, at.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0xC0) continue;
    const char32_t character = character_at(text, i);
    if (!is_bidi_control(character)) continue;
    const auto begin = static_cast<uint32_t>(at.begin + i);
    const Span place{at.source, begin, begin + (character < 0x800 ? 2U : 3U)};
    if (on_default_channel(token)) {
      sink_.report(diag::bidi_control, place, code_point_name(character)).replace(place, "");
    } else {
      sink_.report(diag::bidi_control_in_comment, place, code_point_name(character)).replace(place, "", true);
    }
  }
}

// `[a; b]`
TokenPtr Repair::comma_for(antlr4::Token& semicolon) {
  sink_.report(diag::semicolon, span(semicolon)).fix("write `,`", {{span(semicolon), ","}}, true);
  return made_of(semicolon, PipeLexer::COMMA, span(semicolon).end);
}

void Repair::report_character(const antlr4::Token& token, const antlr4::Token* next) {
  const Span at = span(token);
  const std::string_view text = text_.substr(at.begin, at.size());
  const bool next_touches = next != nullptr && next->getStartIndex() == token.getStopIndex() + 1;
  if (text == "-" && next_touches && next->getType() == PipeLexer::NUMBER) {
    const Span number = tokens_.span(token, *next);
    sink_.report(diag::negative_number, number).replace(number, next->getText());
    return;
  }
  if (text == ";") {
    // Between two words it separated them.
    sink_.report(diag::semicolon, at).fix("remove it", {{at, next_touches ? " " : ""}}, true);
    return;
  }
  const char32_t character = character_at(text, 0);
  const bool curly_quote = character == U'\u201C' || character == U'\u201D';
  const std::string shown =
      character < 0x80 ? std::string(text) : fmt::format("{} ({})", text, code_point_name(character));
  auto report = sink_.report(diag::unexpected_character, at, shown);
  if (curly_quote) {
    report.replace(at, "\"");
  } else if (text == "-" && is_first_on_line(at)) {
    report.note("a list is written `[a, b]`, on one line or several");
  } else if (text == "*" && stands_alone_in_braces(at)) {
    report.note("an import names what it takes: `import MODULE { NAME, … }`");
  } else if (character < 0x80) {
    report.note("a text stands in quotes, a command too: `run = \"…\"`");
  }
}

// `{ * }`
bool Repair::stands_alone_in_braces(Span at) const {
  const size_t before = at.begin == 0 ? std::string_view::npos : text_.find_last_not_of(" \t", at.begin - 1);
  const size_t behind = text_.find_first_not_of(" \t", at.end);
  return before != std::string_view::npos && behind != std::string_view::npos && text_[before] == '{' &&
         text_[behind] == '}';
}

bool Repair::is_first_on_line(Span at) const {
  const size_t before = text_.substr(0, at.begin).find_last_not_of(" \t");
  return before == std::string_view::npos || text_[before] == '\n';
}

// A quote at the end of its line began a text of several lines: what is indented deeper than that line
// belongs to it, and so does the quote that was meant to end it. Gives the index of the first token behind
// it.
size_t Repair::end_of_lines(size_t index, const std::vector<TokenPtr>& before) {
  const antlr4::Token& quote = *tokens_.all[index];
  size_t indent = quote.getCharPositionInLine();
  for (size_t i = before.size(); i-- > 0 && before[i]->getLine() == quote.getLine();)
    indent = before[i]->getCharPositionInLine();
  size_t line = quote.getLine();
  for (size_t next = index + 1; next < tokens_.all.size(); ++next) {
    const antlr4::Token& token = *tokens_.all[next];
    const bool begins = token.getLine() != line;
    line = token.getLine();
    if (token.getType() == antlr4::Token::EOF) return next;
    if (token.getType() == PipeLexer::BLOCK_TEXT) {
      // Its quotes were meant to close, so what follows was read inside out.
      block_text_unterminated_ = true;
      return tokens_.all.size() - 1;
    }
    const bool closes = token.getType() == PipeLexer::UNTERMINATED && span(token).size() == 1;
    if (begins && token.getCharPositionInLine() <= indent) return closes ? next + 1 : next;
  }
  return tokens_.all.size() - 1;
}

void Repair::unterminated(TokenPtr token, std::vector<TokenPtr>& repaired) {
  const Span at = span(*token);
  std::string_view text = text_.substr(at.begin, at.size());
  // Closing brackets at the end of the line stood outside the text in the author's mind.
  std::vector<size_t> closers;
  while (text.size() > 1) {
    const char last = text.back();
    if (last == '}') closers.push_back(PipeLexer::RB);
    if (last == ']') closers.push_back(PipeLexer::RS);
    if (last == ')') closers.push_back(PipeLexer::RP);
    if (std::string_view("}]) \t").find(last) == std::string_view::npos) break;
    text.remove_suffix(1);
  }
  const std::string quote(text.substr(0, 1));
  const auto end = static_cast<uint32_t>(at.begin + text.size());
  auto report = sink_.report(diag::unterminated_text, {at.source, at.begin, end}, quote);
  if (text.size() == 1) {
    report.note(
        "a text of several lines stands between `\"\"\"` and `\"\"\"`, each at the end or the start of a "
        "line");
  } else {
    report.fix("close the text", {{{at.source, end, end}, quote}});
  }
  auto* common = static_cast<antlr4::CommonToken*>(token.get());
  common->setType(quote == "\"" ? PipeLexer::TEXT : PipeLexer::RAW);
  common->setStopIndex(common->getStopIndex() - (at.size() - text.size()));
  const antlr4::Token& kept = *token;
  repaired.push_back(std::move(token));
  for (auto closer = closers.rbegin(); closer != closers.rend(); ++closer) {
    repaired.push_back(make_bracket(*closer, kept));
  }
}

void Repair::characters_and_texts() {
  std::vector<TokenPtr> repaired;
  repaired.reserve(tokens_.all.size());
  size_t skipped_line = 0;
  std::vector<size_t> open;
  for (size_t i = 0; i < tokens_.all.size(); ++i) {
    const bool opens_lines =
        tokens_.all[i]->getType() == PipeLexer::UNTERMINATED && span(*tokens_.all[i]).size() == 1;
    const size_t behind_lines = opens_lines ? end_of_lines(i, repaired) : i + 1;
    TokenPtr token = std::move(tokens_.all[i]);
    const antlr4::Token* next = i + 1 < tokens_.all.size() ? tokens_.all[i + 1].get() : nullptr;
    const size_t type = token->getType();
    if (token->getLine() == skipped_line && type != antlr4::Token::EOF) continue;
    const bool next_touches = next != nullptr && next->getStartIndex() == token->getStopIndex() + 1;
    if (is_opening(type)) open.push_back(type);
    if (is_closing(type) && !open.empty()) open.pop_back();
    const bool in_list = !open.empty() && open.back() != PipeLexer::LB;
    if (type == PipeLexer::BAD && in_list && token->getText() == ";") {
      repaired.push_back(comma_for(*token));
    } else if (type == PipeLexer::BAD) {
      if (token->getText() == "/" && next_touches && next->getText() == "/") {
        skipped_line = token->getLine();
        const Span slashes = tokens_.span(*token, *next);
        // In `https://…` without quotes nobody meant a comment, and `//#` is no documentation.
        const bool meant = slashes.begin == 0 || std::string_view(" \t\r\n").find(text_[slashes.begin - 1]) !=
                                                     std::string_view::npos;
        const bool hash_follows = text_.substr(slashes.end, 1) == "#";
        sink_.report(diag::foreign_comment, slashes)
            .fix("write `#`", {{slashes, hash_follows ? "# " : "#"}}, meant);
      } else {
        report_character(*token, next);
      }
    } else if (type == PipeLexer::EQ && next_touches && next->getType() == PipeLexer::EQ) {
      const Span both = tokens_.span(*token, *next);
      sink_.report(diag::double_equals, both).replace(both, "=", true);
      repaired.push_back(std::move(token));
      ++i;
    } else if (type == PipeLexer::UNTERMINATED) {
      unterminated(std::move(token), repaired);
      i = behind_lines - 1;
    } else {
      if (type == PipeLexer::BLOCK_TEXT || type == PipeLexer::TEXT || type == PipeLexer::RAW ||
          !on_default_channel(*token)) {
        report_bidi(*token);
      }
      const Span at = span(*token);
      const bool closed = at.size() >= 6 && text_.substr(at.end - 3, 3) == "\"\"\"";
      if (type == PipeLexer::BLOCK_TEXT && !closed) {
        block_text_unterminated_ = true;
        sink_.report(diag::unterminated_block, {at.source, at.begin, at.begin + 3});
      }
      repaired.push_back(std::move(token));
    }
  }
  tokens_.all = std::move(repaired);
}

}  // namespace pipec::parse
