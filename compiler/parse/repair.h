// Mends the tokens of a source before the parser sees them; used by token_stream.cpp only.
#pragma once

#include "compiler/parse/token_stream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
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

  // Both sides of a conflict of a merge, and the lines that mark it.
  void merge_conflicts();
  // Spaces that ASCII does not have, and characters without width.
  void foreign_spaces();
  // Texts and comments in the forms of other languages.
  void foreign_texts();
  // Brackets that are closed on their line by one of another kind.
  void wrong_closings();
  void characters_and_texts();
  // Headers without their `{`, and misspelt keywords before one.
  void headers();
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
    // The brace that the dropped one closed before its body; null for one that closed nothing.
    const antlr4::Token* closed;
  };

  // Of the tokens that the parser will see: a header begins at `first`, what should stand in braces at
  // `body`, and `end` is behind it where its `}` is missing too.
  struct Missing {
    size_t first;
    size_t body;
    std::optional<size_t> end;
  };

  Span span(const antlr4::Token& token) const { return tokens_.span(token); }
  static bool on_default_channel(const antlr4::Token& token) {
    return token.getChannel() == antlr4::Token::DEFAULT_CHANNEL;
  }

  // A bracket that the author left out, in front of `before`.
  static TokenPtr make_bracket(size_t type, const antlr4::Token& before);

  std::optional<Missing> missing_after(const std::vector<const antlr4::Token*>& words, size_t first,
                                       size_t end, const std::vector<size_t>& indent_of, bool surplus) const;
  void report_missing(const std::vector<const antlr4::Token*>& words, const Missing& missing, size_t indent);
  // Braces in front of these tokens.
  void insert(const std::unordered_set<const antlr4::Token*>& openings,
              const std::unordered_map<const antlr4::Token*, size_t>& closings);
  // Reports a misspelt keyword that stands before its `{`, and makes a keyword of it.
  bool mend_keyword(antlr4::Token& token, const antlr4::Token& next);

  // Each reads what begins with the token at `index`, puts what the parser shall see into `kept`, and gives
  // the index of the token to go on at; nothing where it does not begin.
  std::optional<size_t> foreign_at(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> block_comment(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> dashed_line(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> typographic_quotes(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> quoted_lines(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> indented_lines(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> here_document(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> tripled_quotes(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> late_quote(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> computation(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> dashes(size_t index, std::vector<TokenPtr>& kept);
  std::optional<size_t> unquoted_value(size_t index, std::vector<TokenPtr>& kept);
  bool is_suspect(const antlr4::Token& token, const antlr4::Token* before) const;
  // Makes `=` of a `:`.
  static bool make_equals(antlr4::Token& sign);
  bool has_own_message(size_t index) const;
  // The index behind the operand of a computation at `index`, which is `index` where none is.
  size_t end_of_operand(size_t index) const;
  // What the operands give when they are added, as it is written; nothing where that cannot be told.
  std::optional<std::string> sum(const std::vector<Span>& operands) const;
  // Whether what was kept last stands in a property of a route: there `stages` has a meaning.
  static bool in_route(const std::vector<TokenPtr>& kept);
  // The index of the token behind the value: at the end of the line, at a bracket that closes what stands
  // around it, or at the next property. Nothing when a bracket or a text stays open. `colon`: it stands
  // behind a key with `:`.
  std::optional<size_t> end_of_unquoted(size_t index, bool colon) const;
  // Both are null when no `:` stands in front.
  void report_unquoted(Span at, const antlr4::Token* key, const antlr4::Token* colon);
  void report_expression(Span at, std::string_view inside);
  // The byte behind the quote that ends the text of the token on a later line.
  std::optional<uint32_t> end_of_quoted_lines(const antlr4::Token& token) const;
  // Goes on at a byte of the text: tokens that reach over it are read anew.
  size_t go_on_at(uint32_t offset, size_t index, std::vector<TokenPtr>& kept);
  // A token of this type from the start of `first` up to the byte.
  TokenPtr made_of(antlr4::Token& first, size_t type, uint32_t end) const;
  uint32_t begin_of_line(uint32_t offset) const;
  uint32_t end_of_line(uint32_t offset) const;
  std::string_view indent_at(uint32_t offset) const;

  // Drops the `:` of `parallel: {`, `stage: build {` and `stage build: {`.
  bool drop_colon(std::vector<const antlr4::Token*>& words, size_t first);

  // Reports a `;` between the entries of a list.
  TokenPtr comma_for(antlr4::Token& semicolon);
  void report_character(const antlr4::Token& token, const antlr4::Token* next);
  bool is_first_on_line(Span at) const;
  bool stands_alone_in_braces(Span at) const;
  size_t end_of_lines(size_t index, const std::vector<TokenPtr>& before);
  void unterminated(TokenPtr token, std::vector<TokenPtr>& repaired);
  void report_bidi(const antlr4::Token& token);
  // Where the text before `token` ends, white space left out.
  Span end_of_text_before(const antlr4::Token& token) const;
  // Where the missing `]` or `)` belongs: the index in `repaired` of the property that follows it, or its
  // size.
  size_t end_of_values(const Open& open, const std::vector<TokenPtr>& repaired) const;
  void unclosed(const Open& open, const antlr4::Token& where, std::vector<TokenPtr>& repaired);
  std::vector<size_t> indents() const;
  int64_t brace_balance() const;
  std::optional<std::vector<Change>> changes_by_indentation(int64_t missing) const;
  bool deeper_line_follows(size_t index, const std::vector<size_t>& indent_of) const;
  void report_surplus(const Change& change, Span at);
  void apply(const std::vector<Change>& changes);
  void close_by_matching();

  Tokens& tokens_;
  std::string_view text_;
  DiagnosticSink& sink_;
  // How many brackets without an end were searched for one.
  size_t searched_ends_ = 0;
  bool block_text_unterminated_ = false;
};

}  // namespace pipec::parse
