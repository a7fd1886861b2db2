// Texts and comments that are written as in other languages. Each is reported once and read as what it was
// meant to be; left to the parser it would be many words and signs, with an error for several of them.
#include "PipeLexer.h"
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/lexer.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"
#include "compiler/support/other_languages.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr const char* lines_need_quotes =
    "a text of several lines stands between `\"\"\"` and `\"\"\"`, each at the end or the start of a line";

bool sets(size_t type) { return type == PipeLexer::EQ || type == PipeLexer::COLON; }

std::string_view trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return "";
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

// A line that is no part of a text that goes on from the line above.
bool begins_anew(std::string_view line) {
  const std::string_view words = trimmed(line);
  return words.empty() || words.front() == '#' || words.front() == '}' || words.back() == '{' ||
         words.find(" = ") != std::string_view::npos;
}

// The line of a property `name: value`, and not of an element `gate unit: unit_tests`.
bool is_key(const std::vector<TokenPtr>& tokens, size_t colon) {
  if (colon == 0 || !is_name(tokens[colon - 1]->getType())) return false;
  if (colon == 1 || tokens[colon - 2]->getLine() != tokens[colon]->getLine()) return true;
  const size_t before = tokens[colon - 2]->getType();
  return before == PipeLexer::LB || is_literal(before) || is_closing(before);
}

// The index of the first word of the value with which the line ends, as far as it was kept.
size_t begin_of_value(const std::vector<TokenPtr>& kept, size_t line) {
  size_t first = kept.size();
  while (first > 0 && kept[first - 1]->getLine() == line) {
    const size_t type = kept[first - 1]->getType();
    // `https://…`
    const bool inner_colon = type == PipeLexer::COLON && !is_key(kept, first - 1);
    const bool word = is_name(type) || type == PipeLexer::NUMBER || type == PipeLexer::DATE;
    if (!word && !inner_colon && type != PipeLexer::DOT) break;
    --first;
  }
  return first;
}

}  // namespace

uint32_t Repair::end_of_line(uint32_t offset) const {
  return static_cast<uint32_t>(std::min(text_.find('\n', offset), text_.size()));
}

uint32_t Repair::begin_of_line(uint32_t offset) const {
  const size_t newline = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
  return newline == std::string_view::npos ? 0 : static_cast<uint32_t>(newline + 1);
}

std::string_view Repair::indent_at(uint32_t offset) const {
  const uint32_t begin = begin_of_line(offset);
  return text_.substr(begin, std::min(text_.find_first_not_of(" \t", begin), text_.size()) - begin);
}

TokenPtr Repair::made_of(antlr4::Token& first, size_t type, uint32_t end) const {
  auto made = std::make_unique<antlr4::CommonToken>(&first);
  made->setType(type);
  made->setStopIndex(tokens_.offsets.character(end) - 1);
  return made;
}

size_t Repair::go_on_at(uint32_t offset, size_t index, std::vector<TokenPtr>& kept) {
  auto& all = tokens_.all;
  size_t next = index;
  while (all[next]->getType() != antlr4::Token::EOF && span(*all[next]).begin < offset)
    ++next;
  if (next == index || span(*all[next - 1]).end <= offset) return next;
  auto& lexer = static_cast<Lexer&>(*tokens_.lexer);
  const antlr4::Token& cut = *all[next - 1];
  const std::string_view before = text_.substr(span(cut).begin, offset - span(cut).begin);
  const size_t character = tokens_.offsets.character(offset);
  tokens_.input->seek(character);
  lexer.setLine(cut.getLine() + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')));
  lexer.setCharPositionInLine(character - tokens_.offsets.character(begin_of_line(offset)));
  while (true) {
    TokenPtr token = lexer.nextToken();
    while (next + 1 < all.size() && all[next]->getStartIndex() < token->getStartIndex())
      ++next;
    const bool same = all[next]->getStartIndex() == token->getStartIndex() &&
                      all[next]->getStopIndex() == token->getStopIndex();
    if (same || token->getType() == antlr4::Token::EOF) return next;
    classify_word(*token, text_.substr(span(*token).begin, span(*token).size()));
    kept.push_back(std::move(token));
  }
}

// `/* … */`
std::optional<size_t> Repair::block_comment(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  const bool apart =
      at.begin == 0 || std::string_view(" \t\r\n{}").find(text_[at.begin - 1]) != std::string_view::npos;
  if (text_.substr(at.begin, 2) != "/*" || !apart) return std::nullopt;
  const size_t closing = text_.find("*/", at.begin + 2);
  const bool closed = closing != std::string_view::npos;
  const uint32_t end = closed ? static_cast<uint32_t>(closing + 2) : end_of_line(at.begin);
  auto report = sink_.report(diag::foreign_comment, {at.source, at.begin, at.begin + 2});
  const bool one_line = closed && end <= end_of_line(at.begin);
  if (one_line && trimmed(text_.substr(end, end_of_line(end) - end)).empty()) {
    const std::string_view words = text_.substr(at.begin + 2, closing - at.begin - 2);
    const auto last = static_cast<uint32_t>(at.begin + 2 + words.find_last_not_of(blanks) + 1);
    report.fix("write `#`", {{{at.source, at.begin, at.begin + 2}, "#"}, {{at.source, last, end}, ""}}, true);
  } else if (!one_line) {
    report.note("each line of a comment begins with `#`");
  }
  return go_on_at(end, index, kept);
}

// “…”
std::optional<size_t> Repair::typographic_quotes(size_t index, std::vector<TokenPtr>& kept) {
  constexpr std::string_view opening = "\u201C";
  constexpr std::string_view closing = "\u201D";
  const Span at = span(*tokens_.all[index]);
  if (text_.substr(at.begin, at.size()) != opening) return std::nullopt;
  constexpr size_t longest = 1000;
  std::string_view rest = text_.substr(at.end, longest);
  rest = rest.substr(0, rest.find('\n'));
  const size_t inside = rest.find(closing);
  if (inside == std::string_view::npos || rest.find('"') < inside) return std::nullopt;
  const auto quote = static_cast<uint32_t>(at.end + inside);
  const auto end = static_cast<uint32_t>(quote + closing.size());
  sink_.report(diag::unexpected_character, at, "\u201C (U+201C)")
      .fix("write `\"`", {{at, "\""}, {{at.source, quote, end}, "\""}});
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::TEXT, end));
  return go_on_at(end, index, kept);
}

std::optional<uint32_t> Repair::end_of_quoted_lines(const antlr4::Token& token) const {
  constexpr size_t most_lines = 50;
  const Span at = span(token);
  if (text_[at.begin] != '"' || at.size() == 1) return std::nullopt;
  uint32_t line = end_of_line(at.end);
  for (size_t read = 0; read < most_lines && line < text_.size(); ++read) {
    const uint32_t begin = line + 1;
    line = end_of_line(begin);
    const std::string_view text = text_.substr(begin, line - begin);
    const size_t quote = text.find('"');
    if (begins_anew(text.substr(0, quote)) &&
        (quote == std::string_view::npos || !trimmed(text.substr(0, quote)).empty()))
      return std::nullopt;
    if (quote == std::string_view::npos) continue;
    const std::string_view before = trimmed(text.substr(0, quote));
    const bool opens =
        !before.empty() && std::string_view("=([,{:").find(before.back()) != std::string_view::npos;
    const bool even = std::count(text.begin(), text.end(), '"') % 2 == 0;
    const bool block = text.substr(quote, 3) == "\"\"\"";
    if (opens || even || block) return std::nullopt;
    return static_cast<uint32_t>(begin + quote + 1);
  }
  return std::nullopt;
}

// A text that goes on in the next lines up to its closing `"`.
std::optional<size_t> Repair::quoted_lines(size_t index, std::vector<TokenPtr>& kept) {
  const auto end = end_of_quoted_lines(*tokens_.all[index]);
  if (!end) return std::nullopt;
  const Span at = span(*tokens_.all[index]);
  const std::string margin = "\n" + std::string(indent_at(at.begin)) + "  ";
  std::string block = "\"\"\"";
  for (std::string_view rest = text_.substr(at.begin + 1, *end - at.begin - 2); !rest.empty();) {
    const size_t newline = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, newline));
    if (!line.empty()) block += margin + std::string(line);
    rest.remove_prefix(std::min(newline + 1, rest.size()));
  }
  sink_.report(diag::unterminated_text, at, "\"")
      .note(lines_need_quotes)
      .fix("write it so", {{{at.source, at.begin, *end}, block + margin + "\"\"\""}});
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::TEXT, *end));
  return go_on_at(*end, index, kept);
}

// `run = |`, and the lines of the text below it.
std::optional<size_t> Repair::indented_lines(size_t index, std::vector<TokenPtr>& kept) {
  const bool value = !kept.empty() && sets(kept.back()->getType()) &&
                     (kept.back()->getType() == PipeLexer::EQ || is_key(kept, kept.size() - 1));
  const Span at = span(*tokens_.all[index]);
  // The sign, another one and perhaps blanks.
  constexpr size_t longest = 80;
  const size_t newline = text_.substr(at.begin, longest).find('\n');
  if (!value || newline == std::string_view::npos) return std::nullopt;
  const auto line_end = static_cast<uint32_t>(at.begin + newline);
  const std::string_view sign = trimmed(text_.substr(at.begin, newline));
  const bool whole = sign.size() == 1 || (sign.size() == 2 && (sign[1] == '-' || sign[1] == '+'));
  if (!whole) return std::nullopt;
  const size_t indent = indent_at(at.begin).size();
  std::string_view margin;
  uint32_t end = 0;
  for (uint32_t line = line_end; line < text_.size();) {
    const uint32_t begin = line + 1;
    line = end_of_line(begin);
    if (trimmed(text_.substr(begin, line - begin)).empty()) continue;
    const std::string_view here = indent_at(begin);
    if (here.size() <= indent) break;
    if (end == 0 || here.size() < margin.size()) margin = here;
    end = line;
  }
  if (end == 0) return std::nullopt;
  const Span sets_it = span(*kept.back());
  const auto sign_end = static_cast<uint32_t>(at.begin + sign.size());
  std::vector<Edit> edits{{{at.source, at.begin, sign_end}, "\"\"\""},
                          {{at.source, end, end}, "\n" + std::string(margin) + "\"\"\""}};
  if (kept.back()->getType() == PipeLexer::COLON) {
    edits.push_back({sets_it, " ="});
    static_cast<antlr4::CommonToken&>(*kept.back()).setType(PipeLexer::EQ);
  }
  sink_.report(diag::unquoted_text, {at.source, at.begin, sign_end})
      .note(lines_need_quotes)
      .fix("write `\"\"\"`", std::move(edits));
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::RAW, end));
  return go_on_at(end, index, kept);
}

// A key, and below it entries that begin with `-`.
std::optional<size_t> Repair::dashes(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  const bool list = text_[at.begin] == '-' && is_first_on_line(at) && kept.size() > 1 &&
                    sets(kept.back()->getType()) && is_name(kept[kept.size() - 2]->getType());
  if (!list) return std::nullopt;
  const size_t indent = indent_at(at.begin).size();
  size_t next = index;
  int depth = 0;
  size_t line = 0;
  for (; tokens_.all[next]->getType() != antlr4::Token::EOF; ++next) {
    const antlr4::Token& token = *tokens_.all[next];
    const bool begins = token.getLine() != line;
    line = token.getLine();
    const size_t here = token.getCharPositionInLine();
    const bool ends = here < indent || (here == indent && text_[span(token).begin] != '-');
    if (begins && depth <= 0 && ends) break;
    depth += change_of_depth(token.getType());
    if (depth < 0) break;
  }
  const Span key = span(*kept[kept.size() - 2]);
  const std::string_view word = text_.substr(key.begin, key.size());
  if (const auto instead = said_otherwise(word)) {
    sink_.report(diag::other_language, key, word).note(std::string(*instead));
  } else {
    sink_.report(diag::unexpected_character, at, "-")
        .note("a list is written `[a, b]`, on one line or several");
  }
  kept.pop_back();
  kept.pop_back();
  return next;
}

// `;`, `//` and the sign of a number.
bool Repair::has_own_message(size_t index) const {
  const Span at = span(*tokens_.all[index]);
  const std::string_view sign = text_.substr(at.begin, at.size());
  const antlr4::Token& next = *tokens_.all[index + 1];
  const bool touches = span(next).begin == at.end;
  const bool comment = text_.substr(at.begin, 2) == "//" && (at.begin == 0 || text_[at.begin - 1] == ' ');
  return sign == ";" || comment || (sign == "-" && touches && next.getType() == PipeLexer::NUMBER);
}

std::optional<size_t> Repair::end_of_unquoted(size_t index, bool colon) const {
  const auto& all = tokens_.all;
  const auto apart = [&](size_t i) { return all[i]->getStopIndex() + 1 < all[i + 1]->getStartIndex(); };
  size_t next = index;
  int depth = 0;
  for (; all[next]->getLine() == all[index]->getLine(); ++next) {
    const size_t type = all[next]->getType();
    if (type == antlr4::Token::EOF || !on_default_channel(*all[next])) break;
    if (type == PipeLexer::UNTERMINATED || type == PipeLexer::BLOCK_TEXT) return std::nullopt;
    depth += change_of_depth(type);
    if (depth < 0 || (depth == 0 && type == PipeLexer::COMMA)) break;
    const size_t behind = all[next + 1]->getType();
    const bool property =
        is_name(type) && ((behind == PipeLexer::EQ && apart(next)) || (colon && behind == PipeLexer::COLON));
    if (depth == 0 && property && next > index && apart(next - 1)) break;
  }
  return depth > 0 ? std::nullopt : std::optional(next);
}

void Repair::report_unquoted(Span at, const antlr4::Token* key, const antlr4::Token* colon) {
  auto report = sink_.report(diag::unquoted_text, at);
  const std::string_view words = text_.substr(at.begin, at.size());
  const bool raw = words.find('"') != std::string_view::npos || words.find('\\') != std::string_view::npos;
  if (raw && words.find('\'') != std::string_view::npos) return;
  const std::string quote = raw ? "'" : "\"";
  std::vector<Edit> edits{{{at.source, at.begin, at.begin}, quote}, {{at.source, at.end, at.end}, quote}};
  std::string title = "put the text in quotes";
  if (colon != nullptr) {
    const Span name = span(*key);
    edits.insert(edits.begin(), {span(*colon), " ="});
    title = fmt::format("write `{} = {}…{}`", text_.substr(name.begin, name.size()), quote, quote);
  }
  report.fix(title, std::move(edits));
}

// A value with signs that stand only in texts: `run = python3 -m build`.
std::optional<size_t> Repair::unquoted_value(size_t index, std::vector<TokenPtr>& kept) {
  antlr4::Token& bad = *tokens_.all[index];
  if (has_own_message(index)) return std::nullopt;
  const size_t first = begin_of_value(kept, bad.getLine());
  if (first == 0 || kept[first - 1]->getLine() != bad.getLine()) return std::nullopt;
  auto& before = static_cast<antlr4::CommonToken&>(*kept[first - 1]);
  const bool colon = before.getType() == PipeLexer::COLON && is_key(kept, first - 1);
  if (!colon && before.getType() != PipeLexer::EQ && before.getType() != PipeLexer::LS &&
      before.getType() != PipeLexer::LP)
    return std::nullopt;
  const auto next = end_of_unquoted(index, colon);
  if (!next) return std::nullopt;
  antlr4::Token& start = first < kept.size() ? *kept[first] : bad;
  const Span at{tokens_.source, span(start).begin, span(*tokens_.all[*next - 1]).end};
  // A date as other languages write it is told where the number is read.
  const std::string_view words = text_.substr(at.begin, at.size());
  const bool date = words.find_first_not_of("0123456789/.") == std::string_view::npos && words.size() > 1;
  if (!date) {
    report_unquoted(at, colon ? kept[first - 2].get() : nullptr, colon ? &before : nullptr);
    if (colon) before.setType(PipeLexer::EQ);
  }
  TokenPtr value = made_of(start, date ? PipeLexer::NUMBER : PipeLexer::RAW, at.end);
  kept.resize(first);
  kept.push_back(std::move(value));
  return next;
}

void Repair::foreign_texts() {
  const auto& all = tokens_.all;
  const auto suspect = [&](size_t i) {
    const size_t type = all[i]->getType();
    const bool sign = type == PipeLexer::BAR || type == PipeLexer::GT;
    return type == PipeLexer::BAD || type == PipeLexer::UNTERMINATED ||
           (sign && i > 0 && sets(all[i - 1]->getType()));
  };
  size_t i = 0;
  while (i < all.size() && !suspect(i))
    ++i;
  if (i == all.size()) return;
  std::vector<TokenPtr> kept;
  size_t told = 0;
  for (i = 0; i < all.size();) {
    std::optional<size_t> next;
    // As many as syntax errors are told.
    const size_t type = told < max_errors ? all[i]->getType() : size_t{antlr4::Token::INVALID_TYPE};
    if (type == PipeLexer::UNTERMINATED) next = quoted_lines(i, kept);
    if (type == PipeLexer::BAR || type == PipeLexer::GT) next = indented_lines(i, kept);
    if (type == PipeLexer::BAD) {
      next = block_comment(i, kept);
      if (!next) next = typographic_quotes(i, kept);
      if (!next) next = dashes(i, kept);
      if (!next) next = unquoted_value(i, kept);
    }
    if (!next) kept.push_back(std::move(tokens_.all[i]));
    if (next) ++told;
    i = next.value_or(i + 1);
  }
  tokens_.all = std::move(kept);
}

}  // namespace pipec::parse
