// Mends the tokens of a source before the parser sees them; used by token_stream.cpp only.
#pragma once

#include "compiler/parse/token_stream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <antlr4-runtime.h>

namespace pipec::parse {

using TokenPtr = std::unique_ptr<antlr4::Token>;

bool is_opening(size_t type);
bool is_closing(size_t type);

// Changes the tokens of one source in place; every repair is reported.
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
  // To the token at `index`: a closing brace goes in before it, or it is dropped.
  struct Change {
    size_t index;
    std::optional<Open> insert_for;
  };

  Span span(const antlr4::Token& token) const { return tokens_.span(token); }
  static bool on_default_channel(const antlr4::Token& token) {
    return token.getChannel() == antlr4::Token::DEFAULT_CHANNEL;
  }

  // A bracket that the author left out, in front of `before`.
  static TokenPtr make_bracket(size_t type, const antlr4::Token& before);

  void report_character(const antlr4::Token& token, const antlr4::Token* next);
  void unterminated(TokenPtr token, std::vector<TokenPtr>& repaired);
  void report_bidi(const antlr4::Token& token);
  // Where the text before `token` ends, white space left out.
  Span end_of_text_before(const antlr4::Token& token) const;
  void unclosed(const Open& open, const antlr4::Token& where, std::vector<TokenPtr>& repaired);
  std::vector<size_t> indents() const;
  int64_t brace_balance() const;
  std::optional<std::vector<Change>> changes_by_indentation(int64_t missing) const;
  void apply(const std::vector<Change>& changes);
  void close_by_matching();

  Tokens& tokens_;
  std::string_view text_;
  DiagnosticSink& sink_;
  bool block_text_unterminated_ = false;
};

}  // namespace pipec::parse
