#include "compiler/parse/token_stream.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/parse/lexer.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"
#include "compiler/support/counters.h"
#include "compiler/support/utf8.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace pipec::parse {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_word(size_t token) {
  switch (token) {
#define PIPEC_KEYWORD(TOKEN, WORD, FOR) case PipeLexer::TOKEN:
#include "grammar/keywords.def"
#undef PIPEC_KEYWORD
    case PipeLexer::NAME:
      return true;
    default:
      return false;
  }
}

// How deep brackets are nested. `<` is one only in a type: between two statements, and between the two sides
// of a comparison, stands what no type has.
class Nesting {
 public:
  size_t depth() const { return brackets_.size() + angles_; }

  void add(size_t token) {
    const bool word = is_word(token);
    if (is_opening(token)) {
      brackets_.push_back(here_);
      here_ = 0;
    } else if (is_closing(token) && !brackets_.empty()) {
      angles_ -= here_;
      here_ = brackets_.back();
      brackets_.pop_back();
    } else if (token == PipeLexer::LT) {
      ++here_;
      ++angles_;
    } else if (token == PipeLexer::GT && here_ > 0) {
      --here_;
      --angles_;
    } else if (word ? after_word_ : !may_be_in_type(token)) {
      angles_ -= here_;
      here_ = 0;
    }
    after_word_ = word;
  }

 private:
  static bool may_be_in_type(size_t token) {
    return token == PipeLexer::GT || token == PipeLexer::COMMA || token == PipeLexer::BAR ||
           token == PipeLexer::QM || is_closing(token);
  }

  // For each open bracket, how many `<` were open before it.
  std::vector<size_t> brackets_;
  // How many are open since the last bracket, and in all.
  size_t here_ = 0;
  size_t angles_ = 0;
  bool after_word_ = false;
};

bool too_deep(const Tokens& tokens, DiagnosticSink& sink) {
  Nesting nesting;
  for (const TokenPtr& token : tokens.all) {
    if (token->getChannel() == antlr4::Token::DEFAULT_CHANNEL) nesting.add(token->getType());
    if (nesting.depth() <= max_nesting) continue;
    sink.report(diag::nested_too_deep, tokens.span(*token), static_cast<int>(max_nesting));
    return true;
  }
  return false;
}

// Whether some pair of brackets holds more properties than any body may; what is at the top of the file is no
// body.
bool too_many_properties(const Tokens& tokens, DiagnosticSink& sink) {
  std::vector<size_t> properties;
  for (const TokenPtr& token : tokens.all) {
    const size_t type = token->getType();
    if (type == PipeLexer::LB || type == PipeLexer::LP || type == PipeLexer::LS) {
      properties.push_back(0);
    } else if (is_closing(type)) {
      if (!properties.empty()) properties.pop_back();
    } else if (type == PipeLexer::EQ && !properties.empty() && ++properties.back() > max_properties) {
      sink.report(diag::too_many_parts, tokens.span(*token), "this body", static_cast<int>(max_properties),
                  "properties");
      return true;
    }
  }
  return false;
}

}  // namespace

size_t keyword_or_name(std::string_view word) {
  static const std::unordered_map<std::string_view, size_t> keywords{
#define PIPEC_KEYWORD(TOKEN, WORD, FOR) {WORD, PipeLexer::TOKEN},
#include "grammar/keywords.def"
#undef PIPEC_KEYWORD
  };
  const auto found = keywords.find(word);
  return found == keywords.end() ? size_t{PipeLexer::NAME} : found->second;
}

void classify_word(antlr4::Token& token, std::string_view spelling) {
  if (token.getType() != PipeLexer::NAME) return;
  static_cast<antlr4::CommonToken&>(token).setType(keyword_or_name(spelling));
}

CharacterOffsets::CharacterOffsets(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
  const uint32_t start = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (ascii) return;
  for (uint32_t i = start; i < size_; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) bytes_.push_back(i);
  }
}

uint32_t CharacterOffsets::byte(size_t character) const {
  if (bytes_.empty()) return static_cast<uint32_t>(std::min<size_t>(character, size_));
  return character < bytes_.size() ? bytes_[character] : size_;
}

size_t CharacterOffsets::character(uint32_t byte) const {
  if (bytes_.empty()) return byte;
  return static_cast<size_t>(std::lower_bound(bytes_.begin(), bytes_.end(), byte) - bytes_.begin());
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
  auto lexer = std::make_unique<Lexer>(tokens->input.get());
  lexer->removeErrorListeners();
  tokens->all = lexer->getAllTokens();
  tokens->all.push_back(lexer->nextToken());
  for (const TokenPtr& token : tokens->all) {
    if (token->getType() == PipeLexer::NAME) classify_word(*token, sources.text(tokens->span(*token)));
  }
  tokens->lexer = std::move(lexer);
  counters.tokens += tokens->all.size();
  if (too_deep(*tokens, sink) || too_many_properties(*tokens, sink)) return nullptr;
  Repair repair(*tokens, text, sink);
  repair.merge_conflicts();
  repair.foreign_spaces();
  repair.foreign_texts();
  repair.characters_and_texts();
  repair.wrong_closings();
  repair.headers();
  repair.brackets();
  return tokens;
}

}  // namespace pipec::parse
