#include "compiler/parse/token_stream.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "PipeLexer.h"
#include "compiler/parse/parse.h"
#include "compiler/source/utf8.h"

namespace pipec::parse {
namespace {

using TokenPtr = std::unique_ptr<antlr4::Token>;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_opening(size_t type) { return type == PipeLexer::LB || type == PipeLexer::LS || type == PipeLexer::LP; }
bool is_closing(size_t type) { return type == PipeLexer::RB || type == PipeLexer::RS || type == PipeLexer::RP; }

size_t closing_of(size_t opening) {
  if (opening == PipeLexer::LB) return PipeLexer::RB;
  return opening == PipeLexer::LS ? PipeLexer::RS : PipeLexer::RP;
}

const char* spelling_of(size_t bracket) {
  switch (bracket) {
    case PipeLexer::LB: return "{";
    case PipeLexer::RB: return "}";
    case PipeLexer::LS: return "[";
    case PipeLexer::RS: return "]";
    case PipeLexer::LP: return "(";
    default: return ")";
  }
}

size_t keyword_or_name(std::string_view word) {
  static const std::unordered_map<std::string_view, size_t> keywords{
#define PIPEC_KEYWORD(TOKEN, WORD) {WORD, PipeLexer::TOKEN},
#include "grammar/keywords.def"
#undef PIPEC_KEYWORD
  };
  const auto found = keywords.find(word);
  return found == keywords.end() ? size_t{PipeLexer::NAME} : found->second;
}

// Mends the tokens of one source in place.
class Repair {
 public:
  Repair(Tokens& tokens, std::string_view text, DiagnosticSink& sink)
      : tokens_(tokens), text_(text), sink_(sink) {}

  void characters_and_texts();
  void brackets();

 private:
  struct Open {
    const antlr4::Token* token;
    size_t type;
    size_t line;
    // Of the line on which the bracket stands.
    size_t indent;
  };

  TokenPtr make(size_t type, const antlr4::Token& before) const {
    auto token = std::make_unique<antlr4::CommonToken>(type, spelling_of(type));
    token->setStartIndex(before.getStartIndex());
    token->setStopIndex(before.getStartIndex() - 1);
    token->setLine(before.getLine());
    token->setCharPositionInLine(before.getCharPositionInLine());
    return token;
  }
  Span span(const antlr4::Token& token) const { return tokens_.span(token); }
  // Where the text before `token` ends, white space left out.
  Span end_of_text_before(const antlr4::Token& token) const;
  static bool on_default_channel(const antlr4::Token& token) {
    return token.getChannel() == antlr4::Token::DEFAULT_CHANNEL;
  }

  void report_character(const antlr4::Token& token, const antlr4::Token* next);
  void unterminated(TokenPtr token, std::vector<TokenPtr>& repaired);
  void report_bidi(const antlr4::Token& token);
  void unclosed(const Open& open, const antlr4::Token& where, std::vector<TokenPtr>& repaired);
  std::vector<size_t> indents() const;
  int64_t brace_balance() const;
  bool close_by_indentation(int64_t missing);
  void close_by_matching();

  Tokens& tokens_;
  std::string_view text_;
  DiagnosticSink& sink_;
  bool block_text_unterminated_ = false;
};

Span Repair::end_of_text_before(const antlr4::Token& token) const {
  uint32_t end = span(token).begin;
  while (end > 0 && std::string_view(" \t\r\n").find(text_[end - 1]) != std::string_view::npos) --end;
  return {tokens_.source, end, end};
}

void Repair::report_bidi(const antlr4::Token& token) {
  const Span at = span(token);
  const std::string_view text = text_.substr(at.begin, at.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0xC0) continue;
    const char32_t character = character_at(text, i);
    if (!is_bidi_control(character)) continue;
    const auto begin = static_cast<uint32_t>(at.begin + i);
    const Span place{at.source, begin, begin + (character < 0x800 ? 2u : 3u)};
    if (on_default_channel(token)) {
      sink_.report(diag::bidi_control, place, code_point_name(character)).replace(place, "");
    } else {
      sink_.report(diag::bidi_control_in_comment, place, code_point_name(character)).replace(place, "", true);
    }
  }
}

void Repair::report_character(const antlr4::Token& token, const antlr4::Token* next) {
  const Span at = span(token);
  const std::string_view text = text_.substr(at.begin, at.size());
  const bool next_touches = next != nullptr && next->getStartIndex() == token.getStopIndex() + 1;
  if (text == "-" && next_touches && next->getType() == PipeLexer::NUMBER) {
    sink_.report(diag::negative_number, tokens_.span(token, *next)).replace(at, "");
    return;
  }
  if (text == ";") {
    // Between two words it separated them.
    auto report = sink_.report(diag::semicolon, at);
    report.fix("remove it", {{at, next_touches ? " " : ""}}, true);
    return;
  }
  const char32_t character = character_at(text, 0);
  const bool curly_quote = character == U'\u201C' || character == U'\u201D';
  const std::string shown = character < 0x80 ? std::string(text)
                                             : fmt::format("{} ({})", text, code_point_name(character));
  auto report = sink_.report(diag::unexpected_character, at, shown);
  if (curly_quote) report.replace(at, "\"");
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
  sink_.report(diag::unterminated_text, {at.source, at.begin, end}, quote)
      .fix("close the text", {{{at.source, end, end}, quote}});
  auto* common = static_cast<antlr4::CommonToken*>(token.get());
  common->setType(quote == "\"" ? PipeLexer::TEXT : PipeLexer::RAW);
  common->setStopIndex(common->getStopIndex() - (at.size() - text.size()));
  const antlr4::Token& kept = *token;
  repaired.push_back(std::move(token));
  for (auto closer = closers.rbegin(); closer != closers.rend(); ++closer) {
    repaired.push_back(make(*closer, kept));
  }
}

void Repair::characters_and_texts() {
  std::vector<TokenPtr> repaired;
  repaired.reserve(tokens_.all.size());
  size_t skipped_line = 0;
  for (size_t i = 0; i < tokens_.all.size(); ++i) {
    TokenPtr token = std::move(tokens_.all[i]);
    const antlr4::Token* next = i + 1 < tokens_.all.size() ? tokens_.all[i + 1].get() : nullptr;
    const size_t type = token->getType();
    if (token->getLine() == skipped_line && type != antlr4::Token::EOF) continue;
    const bool next_touches = next != nullptr && next->getStartIndex() == token->getStopIndex() + 1;
    if (type == PipeLexer::BAD) {
      if (token->getText() == "/" && next_touches && next->getText() == "/") {
        skipped_line = token->getLine();
        const Span slashes = tokens_.span(*token, *next);
        // In `https://…` without quotes nobody meant a comment, and `//#` is no documentation.
        const bool meant = slashes.begin == 0 || std::string_view(" \t\r\n").find(text_[slashes.begin - 1]) != std::string_view::npos;
        const bool hash_follows = text_.substr(slashes.end, 1) == "#";
        sink_.report(diag::foreign_comment, slashes).fix("write `#`", {{slashes, hash_follows ? "# " : "#"}}, meant);
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

void Repair::unclosed(const Open& open, const antlr4::Token& where, std::vector<TokenPtr>& repaired) {
  const size_t closing = closing_of(open.type);
  const Span end = end_of_text_before(where);
  if (!block_text_unterminated_) {
    auto report = sink_.report(diag::unclosed_bracket, span(*open.token), spelling_of(open.type),
                               spelling_of(closing));
    if (where.getType() != antlr4::Token::EOF) {
      report.label(span(where), fmt::format("`{}` is missing before this", spelling_of(closing)));
    }
    const bool own_line = open.type == PipeLexer::LB && open.line != where.getLine() &&
                          text_.substr(span(*open.token).end, 1) == "\n";
    const std::string indent(open.indent, ' ');
    report.fix(fmt::format("add `{}`", spelling_of(closing)),
               {{end, own_line ? "\n" + indent + "}" : fmt::format(" {}", spelling_of(closing))}});
  }
  repaired.push_back(make(closing, where));
}

// Finds the blocks that were left open, or closed too often, by where the following lines start. Gives up
// without a report when the file is not indented by its nesting.
bool Repair::close_by_indentation(int64_t missing) {
  const std::vector<size_t> indent_of = indents();
  std::vector<Open> open;
  struct Change {
    size_t index;
    std::optional<Open> insert_for;
  };
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
        changes.push_back({i, open.back()});
        open.pop_back();
      }
    }
    if (type == PipeLexer::LB) open.push_back({&token, type, token.getLine(), indent});
    if (type != PipeLexer::RB) continue;
    const bool surplus = missing < 0 && (open.empty() || (first_on_line && indent > open.back().indent));
    if (surplus) {
      changes.push_back({i, std::nullopt});
    } else if (!open.empty()) {
      open.pop_back();
    } else {
      return false;
    }
  }
  if (static_cast<int64_t>(changes.size()) != std::abs(missing) || !open.empty()) return false;

  std::vector<TokenPtr> repaired;
  size_t next_change = 0;
  for (size_t i = 0; i < tokens_.all.size(); ++i) {
    bool dropped = false;
    for (; next_change < changes.size() && changes[next_change].index == i; ++next_change) {
      if (const auto& insert = changes[next_change].insert_for) {
        unclosed(*insert, *tokens_.all[i], repaired);
      } else {
        sink_.report(diag::unmatched_bracket, span(*tokens_.all[i]), "}").replace(span(*tokens_.all[i]), "");
        dropped = true;
      }
    }
    if (!dropped) repaired.push_back(std::move(tokens_.all[i]));
  }
  tokens_.all = std::move(repaired);
  return true;
}

// Pairs every bracket with the nearest open one of its kind; what is left over is reported and mended.
void Repair::close_by_matching() {
  const std::vector<size_t> indent_of = indents();
  std::vector<Open> open;
  std::vector<TokenPtr> repaired;
  repaired.reserve(tokens_.all.size());
  for (TokenPtr& token : tokens_.all) {
    const size_t type = token->getType();
    if (is_opening(type)) open.push_back({token.get(), type, token->getLine(), indent_of[token->getLine()]});
    if (type == antlr4::Token::EOF) {
      for (; !open.empty(); open.pop_back()) unclosed(open.back(), *token, repaired);
    }
    if (is_closing(type)) {
      const bool known = std::any_of(open.begin(), open.end(),
                                     [&](const Open& o) { return closing_of(o.type) == type; });
      if (!known) {
        sink_.report(diag::unmatched_bracket, span(*token), spelling_of(type)).replace(span(*token), "");
        continue;
      }
      for (; closing_of(open.back().type) != type; open.pop_back()) unclosed(open.back(), *token, repaired);
      open.pop_back();
    }
    repaired.push_back(std::move(token));
  }
  tokens_.all = std::move(repaired);
}

void Repair::brackets() {
  const int64_t missing = brace_balance();
  if (missing != 0 && !block_text_unterminated_) close_by_indentation(missing);
  close_by_matching();
}

bool too_deep(const Tokens& tokens, DiagnosticSink& sink) {
  size_t depth = 0;
  for (const TokenPtr& token : tokens.all) {
    if (is_opening(token->getType()) && ++depth > max_nesting) {
      sink.report(diag::nested_too_deep, tokens.span(*token), static_cast<int>(max_nesting));
      return true;
    }
    if (is_closing(token->getType()) && depth > 0) --depth;
  }
  return false;
}

}  // namespace

CharacterOffsets::CharacterOffsets(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
  const uint32_t start = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (ascii) return;
  for (uint32_t i = start; i < size_; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) bytes_.push_back(i);
  }
}

uint32_t CharacterOffsets::byte(size_t character) const {
  if (bytes_.empty()) return static_cast<uint32_t>(std::min<size_t>(character, size_));
  return character < bytes_.size() ? bytes_[character] : size_;
}

Span Tokens::span(const antlr4::Token& token) const { return span(token, token); }

Span Tokens::span(const antlr4::Token& first, const antlr4::Token& last) const {
  const uint32_t begin = offsets.byte(first.getStartIndex());
  const bool empty = last.getType() == antlr4::Token::EOF || last.getStopIndex() + 1 <= last.getStartIndex();
  const uint32_t end = offsets.byte(empty ? last.getStartIndex() : last.getStopIndex() + 1);
  return {source, begin, std::max(begin, end)};
}

std::unique_ptr<Tokens> tokenize(SourceId source, const SourceManager& sources, DiagnosticSink& sink) {
  const std::string_view text = sources.text(source);
  const auto at = [&](size_t offset, size_t length) {
    const auto begin = static_cast<uint32_t>(offset);
    return Span{source, begin, static_cast<uint32_t>(begin + length)};
  };
  if (text.size() > SourceManager::max_bytes) {
    sink.report(diag::file_too_large, at(0, 0), static_cast<int>(SourceManager::max_bytes >> 20));
    return nullptr;
  }
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    sink.report(diag::nul_byte, at(nul, 1));
    return nullptr;
  }
  if (const auto invalid = first_invalid_utf8(text)) {
    sink.report(diag::invalid_utf8, at(*invalid, 1));
    return nullptr;
  }
  auto tokens = std::make_unique<Tokens>(source, text);
  const bool marked = text.starts_with(byte_order_mark);
  tokens->input = std::make_unique<antlr4::ANTLRInputStream>(
      std::string(text.substr(marked ? byte_order_mark.size() : 0)));
  auto lexer = std::make_unique<PipeLexer>(tokens->input.get());
  lexer->removeErrorListeners();
  tokens->all = lexer->getAllTokens();
  tokens->all.push_back(lexer->nextToken());
  for (const TokenPtr& token : tokens->all) {
    if (token->getType() != PipeLexer::NAME) continue;
    static_cast<antlr4::CommonToken*>(token.get())->setType(keyword_or_name(sources.text(tokens->span(*token))));
  }
  tokens->lexer = std::move(lexer);
  if (too_deep(*tokens, sink)) return nullptr;
  Repair repair(*tokens, text, sink);
  repair.characters_and_texts();
  repair.brackets();
  return tokens;
}

}  // namespace pipec::parse
