// Values that lack their quotes, and values that are to be computed. Left to the parser they would be words
// and signs, with an error for several of them.
#include "PipeLexer.h"
#include "compiler/ast/ast.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/literals.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"
#include "compiler/parse/repair_lines.h"
#include "compiler/support/duration.h"
#include "compiler/support/other_languages.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

// The signs with which other languages compute.
bool is_operator(std::string_view sign) { return sign == "+" || sign == "-" || sign == "*" || sign == "/"; }

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
  const auto instead = in_route(kept) ? std::nullopt : said_otherwise(word);
  if (instead) {
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
  const std::string_view words = text_.substr(at.begin, at.size());
  if (const size_t expression = words.find("${{"); expression != std::string_view::npos) {
    report_expression(at, words.substr(expression + 3));
    return;
  }
  if (words.starts_with("- ")) {
    sink_.report(diag::unexpected_character, {at.source, at.begin, at.begin + 1}, "-")
        .note("a list is written `[a, b]`, on one line or several");
    return;
  }
  auto report = sink_.report(diag::unquoted_text, at);
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

// `${{ secrets.TOKEN }}`; `inside`: what stands behind its braces.
void Repair::report_expression(Span at, std::string_view inside) {
  auto report = sink_.report(diag::other_language, at, "${{ … }}");
  constexpr std::string_view secrets = "secrets.";
  inside = trimmed(inside);
  if (!inside.starts_with(secrets)) {
    report.note(
        "what a pipeline knows has a name without signs, such as a parameter; what a run knows, "
        "its commands read from their variables");
    return;
  }
  inside.remove_prefix(secrets.size());
  const std::string_view name = inside.substr(0, inside.find_first_of(" }"));
  report.note(how_to_name_secret(name));
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

size_t Repair::end_of_operand(size_t index) const {
  const auto& all = tokens_.all;
  if (is_literal(all[index]->getType())) return index + 1;
  if (!is_name(all[index]->getType())) return index;
  size_t next = index + 1;
  while (all[next]->getType() == PipeLexer::DOT && is_name(all[next + 1]->getType()))
    next += 2;
  return next;
}

std::optional<std::string> Repair::sum(const std::vector<Span>& operands) const {
  std::string text;
  int64_t seconds = 0;
  bool some_text = false;
  bool durations = true;
  for (const Span& operand : operands) {
    const std::string_view spelling = text_.substr(operand.begin, operand.size());
    if (spelling.starts_with("\"\"\"") || spelling.front() == '\'') return std::nullopt;
    some_text = some_text || spelling.front() == '"';
    if (spelling.front() == '"') {
      text += spelling.substr(1, spelling.size() - 2);
    } else {
      text += fmt::format("\\({})", spelling);
    }
    DiagnosticSink silent;
    const auto value = durations ? number(spelling, operand, silent) : std::nullopt;
    durations = value && value->unit == ast::Unit::duration;
    if (durations) seconds += value->value;
  }
  if (durations) return to_string(Duration{seconds});
  const bool numbers = std::any_of(operands.begin(), operands.end(), [&](const Span& operand) {
    return text_[operand.begin] >= '0' && text_[operand.begin] <= '9';
  });
  return some_text && !numbers ? std::optional("\"" + text + "\"") : std::nullopt;
}

// `timeout = 1m + 30s`, `title = "a" + name`
std::optional<size_t> Repair::computation(size_t index, std::vector<TokenPtr>& kept) {
  const auto& all = tokens_.all;
  const auto is_sign = [&](size_t i) {
    const Span at = span(*all[i]);
    return is_operator(text_.substr(at.begin, at.size())) && all[i]->getLine() == all[index]->getLine() &&
           at.begin > 0 && text_[at.begin - 1] == ' ' && text_.substr(at.end, 1) == " " &&
           all[i + 1]->getLine() == all[i]->getLine() && end_of_operand(i + 1) > i + 1;
  };
  if (!is_sign(index) || kept.size() < 2 || kept.back()->getLine() != all[index]->getLine())
    return std::nullopt;
  const size_t before = kept.back()->getType();
  const size_t sets_it = kept[kept.size() - 2]->getType();
  const bool whole = sets(sets_it) || sets_it == PipeLexer::COMMA || is_opening(sets_it);
  const bool literal = is_literal(before) && before != PipeLexer::BLOCK_TEXT;
  const bool name = is_name(before) && all[index + 1]->getType() == PipeLexer::TEXT;
  if (!whole || (!literal && !name)) return std::nullopt;
  std::vector<Span> operands{span(*kept.back())};
  bool only_sums = true;
  size_t next = index;
  while (all[next]->getType() == PipeLexer::BAD && is_sign(next)) {
    only_sums = only_sums && text_[span(*all[next]).begin] == '+';
    const size_t end = end_of_operand(next + 1);
    operands.push_back(join(span(*all[next + 1]), span(*all[end - 1])));
    next = end;
  }
  const Span at = join(operands.front(), operands.back());
  const Span sign = span(*all[index]);
  auto report = sink_.report(diag::computed_value, at, text_.substr(sign.begin, sign.size()));
  if (const auto result = only_sums ? sum(operands) : std::nullopt) {
    report.replace(at, *result);
  } else {
    report.note("write the result itself");
  }
  return next;
}

// `title = Grinds flour"`
std::optional<size_t> Repair::late_quote(size_t index, std::vector<TokenPtr>& kept) {
  const Span at = span(*tokens_.all[index]);
  const size_t first = begin_of_value(kept, tokens_.all[index]->getLine());
  if (text_[at.begin] != '"' || first == 0 || first == kept.size()) return std::nullopt;
  antlr4::Token& before = *kept[first - 1];
  const bool colon = before.getType() == PipeLexer::COLON && is_key(kept, first - 1);
  const bool value =
      before.getLine() == tokens_.all[index]->getLine() && (before.getType() == PipeLexer::EQ || colon);
  const std::string_view rest = trimmed(text_.substr(at.begin + 1, at.size() - 1));
  const bool ends = rest.empty() || std::string_view("}]),#").find(rest.front()) != std::string_view::npos ||
                    rest.find(" = ") != std::string_view::npos;
  if (!value || !ends || span(*kept.back()).end != at.begin) return std::nullopt;
  const uint32_t begin = span(*kept[first]).begin;
  const uint32_t end = at.begin + 1;
  std::vector<Edit> edits{{{at.source, begin, begin}, "\""}};
  if (colon) edits.insert(edits.begin(), {span(before), " ="});
  make_equals(before);
  sink_.report(diag::unquoted_text, {at.source, begin, end})
      .fix("put a quote before the text, too", std::move(edits));
  TokenPtr value_token = made_of(*kept[first], PipeLexer::RAW, end);
  kept.resize(first);
  kept.push_back(std::move(value_token));
  return go_on_at(end, index, kept);
}

bool Repair::in_route(const std::vector<TokenPtr>& kept) {
  int depth = 0;
  for (size_t i = kept.size(); i-- > 0;) {
    const size_t type = kept[i]->getType();
    if (type == PipeLexer::RB) ++depth;
    if (type != PipeLexer::LB || depth-- > 0) continue;
    const auto before = [&](size_t distance) {
      return i >= distance ? kept[i - distance]->getType() : size_t{antlr4::Token::INVALID_TYPE};
    };
    return before(1) == PipeLexer::HOTFIX || before(2) == PipeLexer::ROUTE;
  }
  return false;
}

}  // namespace pipec::parse
