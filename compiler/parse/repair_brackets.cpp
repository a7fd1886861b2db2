#include "PipeLexer.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

size_t closing_of(size_t opening) {
  if (opening == PipeLexer::LB) return PipeLexer::RB;
  return opening == PipeLexer::LS ? PipeLexer::RS : PipeLexer::RP;
}

const char* spelling_of(size_t bracket) {
  switch (bracket) {
    case PipeLexer::LB:
      return "{";
    case PipeLexer::RB:
      return "}";
    case PipeLexer::LS:
      return "[";
    case PipeLexer::RS:
      return "]";
    case PipeLexer::LP:
      return "(";
    default:
      return ")";
  }
}

// How many brackets of each type are open.
class OpenCounts {
 public:
  void open(size_t type) { ++by_closing_[closing_of(type)]; }
  void close(size_t type) { --by_closing_[closing_of(type)]; }
  bool any_closed_by(size_t closing) const {
    const auto found = by_closing_.find(closing);
    return found != by_closing_.end() && found->second > 0;
  }

 private:
  std::unordered_map<size_t, size_t> by_closing_;
};

}  // namespace

bool is_opening(size_t type) {
  return type == PipeLexer::LB || type == PipeLexer::LS || type == PipeLexer::LP;
}

bool is_closing(size_t type) {
  return type == PipeLexer::RB || type == PipeLexer::RS || type == PipeLexer::RP;
}

TokenPtr Repair::make_bracket(size_t type, const antlr4::Token& before) {
  auto token = std::make_unique<antlr4::CommonToken>(type, spelling_of(type));
  token->setStartIndex(before.getStartIndex());
  token->setStopIndex(before.getStartIndex() - 1);
  token->setLine(before.getLine());
  token->setCharPositionInLine(before.getCharPositionInLine());
  return token;
}

Span Repair::end_of_text_before(const antlr4::Token& token) const {
  uint32_t end = span(token).begin;
  while (end > 0 && std::string_view(" \t\r\n").find(text_[end - 1]) != std::string_view::npos)
    --end;
  return {tokens_.source, end, end};
}

std::vector<size_t> Repair::indents() const {
  std::vector<size_t> indents;
  for (const TokenPtr& token : tokens_.all) {
    if (!on_default_channel(*token)) continue;
    if (token->getLine() >= indents.size()) indents.resize(token->getLine() + 1, std::string::npos);
    auto& indent = indents[token->getLine()];
    indent = std::min(indent, token->getCharPositionInLine());
  }
  return indents;
}

int64_t Repair::brace_balance() const {
  int64_t balance = 0;
  for (const TokenPtr& token : tokens_.all) {
    if (token->getType() == PipeLexer::LB) ++balance;
    if (token->getType() == PipeLexer::RB) --balance;
  }
  return balance;
}

size_t Repair::end_of_values(const Open& open, const std::vector<TokenPtr>& repaired) const {
  std::vector<size_t> words;
  for (size_t i = repaired.size(); i-- > 0 && repaired[i].get() != open.token;) {
    if (on_default_channel(*repaired[i])) words.push_back(i);
  }
  std::reverse(words.begin(), words.end());
  const auto type = [&](size_t i) { return repaired[words[i]]->getType(); };
  const auto line = [&](size_t i) { return repaired[words[i]]->getLine(); };
  int depth = 0;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    // On a line of its own, without a comma before it.
    const bool begins = i > 0 && line(i) != line(i - 1) && type(i - 1) != PipeLexer::COMMA && depth == 0;
    const bool item = is_name(type(i)) &&
                      (is_name(type(i + 1)) || type(i + 1) == PipeLexer::EQ || type(i + 1) == PipeLexer::LB);
    if (begins && item) return words[i];
    depth += change_of_depth(type(i));
  }
  return repaired.size();
}

void Repair::unclosed(const Open& open, const antlr4::Token& token, std::vector<TokenPtr>& repaired) {
  const size_t closing = closing_of(open.type);
  // Each search reads all that stands behind the bracket; more errors than that are not told.
  const bool searched = open.type != PipeLexer::LB && ++searched_ends_ <= max_errors;
  const size_t index = searched ? end_of_values(open, repaired) : repaired.size();
  const antlr4::Token& where = index < repaired.size() ? *repaired[index] : token;
  const Span end = end_of_text_before(where);
  if (!block_text_unterminated_) {
    auto report =
        sink_.report(diag::unclosed_bracket, span(*open.token), spelling_of(open.type), spelling_of(closing));
    if (where.getType() != antlr4::Token::EOF) {
      report.label(span(where), fmt::format("`{}` is missing before this", spelling_of(closing)));
    }
    const bool own_line = open.type == PipeLexer::LB && open.line != where.getLine() &&
                          text_.substr(span(*open.token).end, 1) == "\n";
    const std::string indent(open.indent, ' ');
    report.fix(fmt::format("add `{}`", spelling_of(closing)),
               {{end, own_line ? "\n" + indent + "}" : fmt::format(" {}", spelling_of(closing))}});
  }
  repaired.insert(repaired.begin() + static_cast<std::ptrdiff_t>(index), make_bracket(closing, where));
}

// Finds the blocks that were left open, or closed too often, by where the following lines start. Nothing when
// the file is not indented by its nesting.
std::optional<std::vector<Repair::Change>> Repair::changes_by_indentation(int64_t missing) const {
  const std::vector<size_t> indent_of = indents();
  std::vector<Open> open;
  std::vector<Change> changes;
  size_t previous_line = 0;
  for (size_t i = 0; i < tokens_.all.size(); ++i) {
    const antlr4::Token& token = *tokens_.all[i];
    if (!on_default_channel(token)) continue;
    const size_t type = token.getType();
    const bool first_on_line = token.getLine() != previous_line;
    previous_line = token.getLine();
    const size_t indent = type == antlr4::Token::EOF ? 0 : indent_of[token.getLine()];
    if (first_on_line && missing > 0) {
      const auto left_open = [&](const Open& block) {
        if (type == antlr4::Token::EOF) return true;
        return token.getLine() > block.line &&
               (type == PipeLexer::RB ? indent < block.indent : indent <= block.indent);
      };
      while (!open.empty() && left_open(open.back())) {
        changes.push_back({i, open.back(), nullptr});
        open.pop_back();
      }
    }
    if (type == PipeLexer::LB) open.push_back({&token, type, token.getLine(), indent});
    if (type != PipeLexer::RB) continue;
    const bool early = missing < 0 && !open.empty() && open.back().line == token.getLine() &&
                       deeper_line_follows(i, indent_of);
    const bool surplus =
        early || (missing < 0 && (open.empty() || (first_on_line && indent > open.back().indent)));
    if (surplus) {
      changes.push_back({i, std::nullopt, early ? open.back().token : nullptr});
    } else if (!open.empty()) {
      open.pop_back();
    } else {
      return std::nullopt;
    }
  }
  if (static_cast<int64_t>(changes.size()) != std::abs(missing) || !open.empty()) return std::nullopt;
  return changes;
}

// Whether the token ends its line, and the next one is indented as what is inside of this one.
bool Repair::deeper_line_follows(size_t index, const std::vector<size_t>& indent_of) const {
  const size_t line = tokens_.all[index]->getLine();
  size_t next = index + 1;
  while (next + 1 < tokens_.all.size() && !on_default_channel(*tokens_.all[next]))
    ++next;
  const antlr4::Token& token = *tokens_.all[next];
  return token.getType() != antlr4::Token::EOF && token.getType() != PipeLexer::RB &&
         token.getLine() > line && indent_of[token.getLine()] > indent_of[line];
}

void Repair::report_surplus(const Change& change, Span at) {
  if (change.closed == nullptr) {
    sink_.report(diag::unmatched_bracket, at, "}").replace(at, "");
    return;
  }
  const uint32_t brace = span(*change.closed).begin;
  const size_t newline = text_.rfind('\n', brace);
  size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  begin = std::min(text_.find_first_not_of(" \t", begin), size_t{brace});
  std::string_view header = text_.substr(begin, brace - begin);
  header = header.substr(0, header.find_last_not_of(" \t") + 1);
  sink_.report(diag::closed_too_early, at, shown_header(header, header.substr(0, header.find(' '))))
      .replace(at, "");
}

void Repair::apply(const std::vector<Change>& changes) {
  std::vector<TokenPtr> repaired;
  size_t next_change = 0;
  for (size_t i = 0; i < tokens_.all.size(); ++i) {
    bool dropped = false;
    for (; next_change < changes.size() && changes[next_change].index == i; ++next_change) {
      if (const auto& insert = changes[next_change].insert_for) {
        unclosed(*insert, *tokens_.all[i], repaired);
      } else {
        report_surplus(changes[next_change], span(*tokens_.all[i]));
        dropped = true;
      }
    }
    if (!dropped) repaired.push_back(std::move(tokens_.all[i]));
  }
  tokens_.all = std::move(repaired);
}

// Pairs every bracket with the nearest open one of its kind; what is left over is reported and mended.
void Repair::close_by_matching() {
  const std::vector<size_t> indent_of = indents();
  std::vector<Open> open;
  OpenCounts counts;
  std::vector<TokenPtr> repaired;
  repaired.reserve(tokens_.all.size());
  const auto close_last = [&] {
    counts.close(open.back().type);
    open.pop_back();
  };
  for (TokenPtr& token : tokens_.all) {
    const size_t type = token->getType();
    if (is_opening(type)) {
      open.push_back({token.get(), type, token->getLine(), indent_of[token->getLine()]});
      counts.open(type);
    }
    if (type == antlr4::Token::EOF) {
      for (; !open.empty(); close_last())
        unclosed(open.back(), *token, repaired);
    }
    if (is_closing(type)) {
      if (!counts.any_closed_by(type)) {
        sink_.report(diag::unmatched_bracket, span(*token), spelling_of(type)).replace(span(*token), "");
        continue;
      }
      for (; closing_of(open.back().type) != type; close_last())
        unclosed(open.back(), *token, repaired);
      close_last();
    }
    repaired.push_back(std::move(token));
  }
  tokens_.all = std::move(repaired);
}

// `[a, b}`, where no other `]` stands for it and the `}` belongs to nothing else.
void Repair::wrong_closings() {
  // How many more are opened than closed, by the bracket that closes.
  std::unordered_map<size_t, int64_t> surplus;
  for (const TokenPtr& token : tokens_.all) {
    const size_t type = token->getType();
    if (is_opening(type)) ++surplus[closing_of(type)];
    if (is_closing(type)) --surplus[type];
  }
  const bool any = std::any_of(surplus.begin(), surplus.end(), [](const auto& s) { return s.second < 0; });
  if (!any) return;
  // Whether on its line more of them are opened than closed.
  const auto opens_more = [&](const antlr4::Token& bracket, size_t closing) {
    int64_t balance = 0;
    for (const TokenPtr& token : tokens_.all) {
      if (token->getLine() != bracket.getLine()) continue;
      if (token->getType() == bracket.getType()) ++balance;
      if (token->getType() == closing) --balance;
    }
    return balance > 0;
  };
  std::vector<const antlr4::Token*> open;
  OpenCounts counts;
  const auto close_last = [&] {
    counts.close(open.back()->getType());
    open.pop_back();
  };
  size_t looked_at = 0;
  for (TokenPtr& token : tokens_.all) {
    const size_t type = token->getType();
    if (is_opening(type)) {
      open.push_back(token.get());
      counts.open(type);
    }
    if (!is_closing(type) || open.empty()) continue;
    const antlr4::Token& last = *open.back();
    const size_t wanted = closing_of(last.getType());
    const bool wrong = wanted != type && surplus[type] < 0 && last.getLine() == token->getLine() &&
                       ++looked_at <= max_errors && (surplus[wanted] > 0 || opens_more(last, wanted));
    if (wrong) {
      sink_.report(diag::unclosed_bracket, span(last), spelling_of(last.getType()), spelling_of(wanted))
          .label(span(*token), fmt::format("`{}` is meant here", spelling_of(wanted)))
          .replace(span(*token), spelling_of(wanted));
      static_cast<antlr4::CommonToken&>(*token).setType(wanted);
      --surplus[wanted];
      ++surplus[type];
    }
    const size_t closed = token->getType();
    const bool known = counts.any_closed_by(closed);
    while (known && closing_of(open.back()->getType()) != closed)
      close_last();
    if (known) close_last();
  }
}

void Repair::brackets() {
  const int64_t missing = brace_balance();
  if (missing != 0 && !block_text_unterminated_) {
    if (const auto changes = changes_by_indentation(missing)) apply(*changes);
  }
  close_by_matching();
}

}  // namespace pipec::parse
