// Texts and comments that are written as in other languages. Each is reported once and read as what it was
// meant to be; left to the parser it would be many words and signs, with an error for several of them.
#include "PipeLexer.h"
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/lexer.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"
#include "compiler/parse/repair_lines.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

// A line that is no part of a text that goes on from the line above.
bool begins_anew(std::string_view line) {
  const std::string_view words = trimmed(line);
  return words.empty() || words.front() == '#' || words.front() == '}' || words.back() == '{' ||
         words.find(" = ") != std::string_view::npos;
}

// The indentation that all lines of the text have, those without words left out.
std::string_view common_margin(std::string_view lines) {
  std::optional<std::string_view> margin;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    const std::string_view line = lines.substr(begin, end - begin);
    begin = end + 1;
    if (trimmed(line).empty()) continue;
    const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
    if (!margin) margin = indent;
    const auto differs = std::mismatch(margin->begin(), margin->end(), indent.begin(), indent.end());
    margin = margin->substr(0, static_cast<size_t>(differs.first - margin->begin()));
  }
  return margin.value_or("");
}

}  // namespace

bool sets(size_t type) { return type == PipeLexer::EQ || type == PipeLexer::COLON; }

std::string_view trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return "";
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

bool is_key(const std::vector<TokenPtr>& tokens, size_t colon) {
  if (colon == 0 || !is_name(tokens[colon - 1]->getType())) return false;
  if (colon == 1 || tokens[colon - 2]->getLine() != tokens[colon]->getLine()) return true;
  const size_t before = tokens[colon - 2]->getType();
  return before == PipeLexer::LB || is_literal(before) || is_closing(before);
}

bool sets_value(const std::vector<TokenPtr>& tokens) {
  return !tokens.empty() && sets(tokens.back()->getType()) &&
         (tokens.back()->getType() == PipeLexer::EQ || is_key(tokens, tokens.size() - 1));
}

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
  const Span at = span(*tokens_.all[index]);
  // The sign, another one and perhaps blanks.
  constexpr size_t longest = 80;
  const size_t newline = text_.substr(at.begin, longest).find('\n');
  if (!sets_value(kept) || newline == std::string_view::npos) return std::nullopt;
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
  if (make_equals(*kept.back())) edits.push_back({sets_it, " ="});
  sink_.report(diag::unquoted_text, {at.source, at.begin, sign_end})
      .note(lines_need_quotes)
      .fix("write `\"\"\"`", std::move(edits));
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::RAW, end));
  return go_on_at(end, index, kept);
}

// `run = <<EOT`, and the lines up to `EOT`.
std::optional<size_t> Repair::here_document(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  if (text_.substr(at.begin, 2) != "<<" || !sets_value(kept)) return std::nullopt;
  constexpr size_t longest = 80;
  const size_t newline = text_.substr(at.begin, longest).find('\n');
  if (newline == std::string_view::npos) return std::nullopt;
  const auto line_end = static_cast<uint32_t>(at.begin + newline);
  const std::string_view sign = trimmed(text_.substr(at.begin, newline));
  std::string_view word = sign.substr(2);
  word.remove_prefix(std::min(word.find_first_not_of("-~'\""), word.size()));
  word = word.substr(0, word.find_last_not_of("'\"") + 1);
  if (word.empty() || word.find_first_of(" \t<>=") != std::string_view::npos) return std::nullopt;
  uint32_t end = line_end;
  uint32_t last = line_end;
  constexpr size_t most_lines = 200;
  size_t read = 0;
  do {
    if (end >= text_.size() || ++read > most_lines) return std::nullopt;
    last = end + 1;
    end = end_of_line(last);
  } while (trimmed(text_.substr(last, end - last)) != word);
  const std::string_view lines = text_.substr(line_end, last - line_end);
  const auto sign_end = static_cast<uint32_t>(at.begin + sign.size());
  auto report =
      sink_.report(diag::foreign_quotes, {at.source, at.begin, sign_end}, sign).note(lines_need_quotes);
  const Span sets_it = span(*kept.back());
  const bool colon = make_equals(*kept.back());
  if (lines.find("\"\"\"") == std::string_view::npos) {
    std::vector<Edit> edits{{{at.source, at.begin, sign_end}, "\"\"\""},
                            {{at.source, last, end}, std::string(common_margin(lines)) + "\"\"\""}};
    if (colon) edits.push_back({sets_it, " ="});
    report.fix("write `\"\"\"`", std::move(edits));
  }
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::RAW, end));
  return go_on_at(end, index, kept);
}

// `''' … '''`
std::optional<size_t> Repair::tripled_quotes(size_t index, std::vector<TokenPtr>& kept) {
  constexpr std::string_view quotes = "'''";
  const Span at = span(*tokens_.all[index]);
  if (text_.substr(at.begin, quotes.size()) != quotes) return std::nullopt;
  const size_t closing = text_.find(quotes, at.begin + quotes.size());
  if (closing == std::string_view::npos) return std::nullopt;
  const auto end = static_cast<uint32_t>(closing + quotes.size());
  const auto inside_begin = static_cast<uint32_t>(at.begin + quotes.size());
  const std::string_view inside = text_.substr(inside_begin, closing - inside_begin);
  auto report = sink_.report(diag::foreign_quotes, {at.source, at.begin, inside_begin}, quotes);
  const Span whole{at.source, at.begin, end};
  if (inside.find('\n') == std::string_view::npos) {
    if (inside.find('\'') == std::string_view::npos)
      report.fix("write `'`", {{whole, fmt::format("'{}'", inside)}});
  } else if (inside.find("\"\"\"") == std::string_view::npos) {
    const std::string margin = "\n" + std::string(indent_at(at.begin)) + "  ";
    const bool opens = trimmed(inside.substr(0, inside.find('\n'))).empty();
    const std::string_view last = inside.substr(inside.rfind('\n') + 1);
    const std::string_view shared = common_margin(opens ? inside : inside.substr(inside.find('\n')));
    std::string block = "\"\"\"";
    for (std::string_view rest = opens ? inside.substr(inside.find('\n') + 1) : inside; !rest.empty();) {
      const size_t newline = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, newline);
      if (line.starts_with(shared)) line.remove_prefix(shared.size());
      const bool closes = newline == rest.size() && trimmed(last).empty();
      if (!closes) block += trimmed(line).empty() ? "\n" : margin + std::string(line);
      rest.remove_prefix(std::min(newline + 1, rest.size()));
    }
    report.note(lines_need_quotes).fix("write `\"\"\"`", {{whole, block + margin + "\"\"\""}});
  }
  kept.push_back(made_of(*tokens_.all[index], PipeLexer::RAW, end));
  return go_on_at(end, index, kept);
}

bool Repair::make_equals(antlr4::Token& sign) {
  if (sign.getType() != PipeLexer::COLON) return false;
  static_cast<antlr4::CommonToken&>(sign).setType(PipeLexer::EQ);
  return true;
}

// Whether a text, a comment or a value of another language may begin at the token.
bool Repair::is_suspect(const antlr4::Token& token, const antlr4::Token* before) const {
  switch (token.getType()) {
    case PipeLexer::BAD:
    case PipeLexer::UNTERMINATED:
      return true;
    case PipeLexer::BAR:
    case PipeLexer::GT:
      return before != nullptr && sets(before->getType());
    case PipeLexer::LT:
      return (before != nullptr && sets(before->getType())) || text_.substr(span(token).begin, 4) == "<!--";
    case PipeLexer::RAW:
      return token.getStopIndex() == token.getStartIndex() + 1 && text_.substr(span(token).begin, 3) == "'''";
    default:
      return false;
  }
}

std::optional<size_t> Repair::foreign_at(size_t index, std::vector<TokenPtr>& kept) {
  std::optional<size_t> next;
  switch (tokens_.all[index]->getType()) {
    case PipeLexer::UNTERMINATED:
      next = late_quote(index, kept);
      if (!next) next = quoted_lines(index, kept);
      break;
    case PipeLexer::BAR:
    case PipeLexer::GT:
      next = indented_lines(index, kept);
      break;
    case PipeLexer::LT:
      next = block_comment(index, kept);
      if (!next) next = here_document(index, kept);
      break;
    case PipeLexer::RAW:
      next = tripled_quotes(index, kept);
      break;
    default:
      next = block_comment(index, kept);
      if (!next) next = dashed_line(index, kept);
      if (!next) next = typographic_quotes(index, kept);
      if (!next) next = dashes(index, kept);
      if (!next) next = computation(index, kept);
      if (!next) next = unquoted_value(index, kept);
  }
  return next;
}

void Repair::foreign_texts() {
  const auto& all = tokens_.all;
  size_t i = 0;
  while (i < all.size() && !is_suspect(*all[i], i == 0 ? nullptr : all[i - 1].get()))
    ++i;
  if (i == all.size()) return;
  std::vector<TokenPtr> kept;
  size_t told = 0;
  for (i = 0; i < all.size();) {
    std::optional<size_t> next;
    // As many as syntax errors are told.
    const bool suspect = told < max_errors && is_suspect(*all[i], kept.empty() ? nullptr : kept.back().get());
    if (suspect) next = foreign_at(i, kept);
    if (!next) kept.push_back(std::move(tokens_.all[i]));
    if (next) ++told;
    i = next.value_or(i + 1);
  }
  tokens_.all = std::move(kept);
}

}  // namespace pipec::parse
