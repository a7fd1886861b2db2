// What a syntax error most likely is: the mistakes that people make, and what to write instead.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/parse/neighbours.h"
#include "compiler/parse/token_stream.h"

#include <string>
#include <string_view>
#include <vector>

#include <antlr4-runtime.h>

namespace pipec::parse {

// One syntax error. The parser began an item at `start` and could not go on at `offending`.
class Mistake {
 public:
  Mistake(antlr4::Parser* parser, antlr4::Token* start, antlr4::Token* offending, const Tokens& tokens,
          DiagnosticSink& sink)
      : parser_(parser),
        context_(parser->getContext()),
        start_(start),
        offending_(offending),
        from_start_(parser, start),
        from_offending_(parser, offending),
        tokens_(tokens),
        sink_(sink) {}

  // Reports the first mistake that it is, or what was expected instead.
  void report() const;

 private:
  // Each reports the mistake when it is that one.
  bool is_group_without_braces() const;
  bool is_element_without_name() const;
  bool is_element_without_kind() const;
  bool is_name_of_two_words() const;
  bool is_equals_for_colon() const;
  bool is_colon_for_call() const;
  bool is_parentheses_for_braces() const;
  bool is_missing_value() const;
  bool is_bare_word() const;
  bool is_list_in_other_brackets() const;
  bool is_list_without_brackets() const;
  bool is_space_before_unit() const;
  bool is_unquoted_text() const;
  bool is_misspelt_because() const;
  bool is_missing_equals() const;
  bool is_misplaced() const;
  bool is_name_that_begins_with_digit() const;
  bool is_colon_of_expectation() const;
  bool is_quoted_place() const;
  bool is_quoted_name() const;
  bool is_listed_without_parentheses() const;
  bool is_let_of_another_language() const;
  bool is_word_of_another_language() const;
  bool is_missing_comma() const;
  bool is_missing_comma_of_skip() const;
  bool is_import_without_names() const;
  bool is_missing_body() const;
  bool is_lowering_of_stage() const;
  bool is_stage_on_environment() const;
  bool is_missing_colon() const;
  bool is_parameter_without_type() const;
  bool is_unknown_keyword() const;
  // mistake_forms.cpp
  bool has_form_of_another_language() const;
  bool is_version() const;
  bool is_type_of_another_language() const;
  bool is_parameter_without_keyword() const;
  bool is_equals_before_body() const;
  bool is_equals_of_another_language() const;
  bool is_role_behind_environment() const;
  bool is_replace_by() const;
  bool is_unquoted_title() const;
  bool is_name_with_dot() const;
  void report_unexpected_token() const;

  void report_form(Span at, std::string_view expected, std::string_view title, std::vector<Edit> edits) const;
  // What stands between two tokens.
  Span between(const antlr4::Token& first, const antlr4::Token& last) const;
  // The key of the outermost property around the mistake that is a word of another language, or null.
  antlr4::Token* foreign_key() const;
  // The keyword of what this file declares by the name: `gate` for `capability check: gate`; empty where it
  // declares no such.
  std::string kind_declared(const std::string& name) const;
  // Whether at least two blanks stand before the token at this distance from `start`.
  bool stands_apart(int distance) const;
  // The rule of the block in which what begins at `start` stands.
  size_t block_around() const;
  // The innermost context of this rule around the mistake, or null.
  antlr4::ParserRuleContext* enclosing(size_t rule) const;
  Edit insert_before(const antlr4::Token& token, std::string text) const;
  Edit insert_after(const antlr4::Token& token, std::string text) const;
  // The text from one token to another, on one line and short enough for a message; empty otherwise.
  std::string shown(const antlr4::Token& first, const antlr4::Token& last) const;

  antlr4::Parser* parser_;
  antlr4::ParserRuleContext* context_;
  antlr4::Token* start_;
  antlr4::Token* offending_;
  Neighbours from_start_;
  Neighbours from_offending_;
  const Tokens& tokens_;
  DiagnosticSink& sink_;
};

}  // namespace pipec::parse
