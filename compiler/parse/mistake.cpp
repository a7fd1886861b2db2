#include "compiler/parse/mistake.h"

#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/literals.h"

#include <array>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

using antlr4::Token;

bool starts_value(size_t type) {
  return is_name(type) || is_literal(type) || type == PipeLexer::LS || type == PipeLexer::LB;
}

// What belongs where the parser is, in words.
std::string_view expected_in(size_t rule) {
  switch (rule) {
    case PipeParser::RuleFile:
    case PipeParser::RuleTopLevel:
      return "a declaration such as `pipeline`, `import` or `let`";
    case PipeParser::RulePipelineDecl:
    case PipeParser::RulePipelineItem:
      return "a stage, another part of the pipeline or a property `name = value`";
    case PipeParser::RuleStage:
    case PipeParser::RuleStageBody:
    case PipeParser::RuleStageItem:
    case PipeParser::RuleOrderGroup:
      return "an element such as `gate NAME: CAPABILITY { … }` or a property `name = value`";
    case PipeParser::RuleProfileDecl:
    case PipeParser::RuleProfileItem:
      return "a role, a requirement or a property `name = value`";
    case PipeParser::RuleTestDecl:
    case PipeParser::RuleTestItem:
      return "`given { … }` or `expect SUBJECT = VALUE`";
    case PipeParser::RuleRunbookDecl:
    case PipeParser::RuleRunbookItem:
      return "`step \"…\" { … }`, `confirm \"…\"` or `link \"…\"`";
    case PipeParser::RuleRelation:
      return "`=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `lacks` or `before`";
    case PipeParser::RuleDerivation:
    case PipeParser::RuleRouteItem:
      return "`skip`, `override`, `add`, `replace`, `final` or a property `name = value`";
    case PipeParser::RuleBody:
    case PipeParser::RuleBodyItem:
    case PipeParser::RulePropertyBody:
    case PipeParser::RuleRecord:
    case PipeParser::RuleProperty:
    case PipeParser::RuleKey:
      return "a property `name = value`";
    case PipeParser::RuleExpr:
    case PipeParser::RuleArgument:
      return "a value";
    case PipeParser::RuleType:
    case PipeParser::RuleTypeField:
      return "a type";
    case PipeParser::RuleReason:
      return "a reason in quotes";
    case PipeParser::RulePlace:
    case PipeParser::RulePath:
    case PipeParser::RuleName:
    case PipeParser::RuleImportItem:
      return "a name";
    case PipeParser::RuleParameter:
      return "a parameter `name: type`";
    case PipeParser::RuleCapabilityKind:
      return "`action`, `gate`, `approval`, `deploy`, `source` or `metric`";
    default:
      return "";
  }
}

}  // namespace

antlr4::ParserRuleContext* Mistake::enclosing(size_t rule) const {
  antlr4::ParserRuleContext* context = context_;
  while (context != nullptr && context->getRuleIndex() != rule)
    context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent);
  return context;
}

Edit Mistake::insert_before(const Token& token, std::string text) const {
  const Span at = tokens_.span(token);
  return {{at.source, at.begin, at.begin}, std::move(text)};
}

Edit Mistake::insert_after(const Token& token, std::string text) const {
  const Span at = tokens_.span(token);
  return {{at.source, at.end, at.end}, std::move(text)};
}

void Mistake::report() const {
  const bool known =
      is_parameter_without_type() || is_list_in_other_brackets() || is_list_without_brackets() ||
      is_missing_body() || is_misplaced() || has_form_of_another_language() ||
      is_name_that_begins_with_digit() || is_colon_of_expectation() || is_group_without_braces() ||
      is_element_without_name() || is_element_without_kind() || is_name_of_two_words() ||
      is_equals_for_colon() || is_colon_for_call() || is_parentheses_for_braces() || is_missing_value() ||
      is_bare_word() || is_space_before_unit() || is_unquoted_text() || is_misspelt_because() ||
      is_quoted_place() || is_quoted_name() || is_listed_without_parentheses() ||
      is_let_of_another_language() || is_word_of_another_language() || is_missing_equals() ||
      is_missing_comma() || is_missing_comma_of_skip() || is_import_without_names() ||
      is_lowering_of_stage() || is_stage_on_environment() || is_missing_colon() || is_unknown_keyword();
  if (!known) report_unexpected_token();
}

bool Mistake::is_group_without_braces() const {
  const auto* property = enclosing(PipeParser::RuleProperty);
  if (property == nullptr) return false;
  const Token& key = *property->start;
  const bool group = key.getType() == PipeLexer::PARALLEL || key.getType() == PipeLexer::SEQUENCE ||
                     key.getType() == PipeLexer::ALWAYS;
  if (!group || &key == offending_) return false;
  sink_.report(diag::group_needs_braces, tokens_.span(key), key.getText());
  return true;
}

bool Mistake::is_element_without_name() const {
  const bool kind_colon_name = is_element_kind(from_offending_.type(-3)) &&
                               from_offending_.type(-2) == PipeLexer::COLON &&
                               is_name(from_offending_.type(-1));
  if (offending_->getType() != PipeLexer::LB || !kind_colon_name) return false;
  const Token& keyword = *from_offending_.at(-3);
  const Token& name = *from_offending_.at(-1);
  sink_.report(diag::element_needs_name, tokens_.span(keyword, name), keyword.getText(), name.getText())
      .fix("name it", {insert_after(keyword, " " + name.getText())});
  return true;
}

// `gate unit tests: unit_tests {`
bool Mistake::is_name_of_two_words() const {
  const bool header = offending_->getType() == PipeLexer::LB && is_element_kind(from_offending_.type(-5)) &&
                      is_name(from_offending_.type(-4)) && is_name(from_offending_.type(-3)) &&
                      from_offending_.type(-2) == PipeLexer::COLON && from_offending_.same_line(-5);
  if (!header) return false;
  const Span words = tokens_.span(*from_offending_.at(-4), *from_offending_.at(-3));
  const std::string first = from_offending_.at(-4)->getText();
  const std::string second = from_offending_.at(-3)->getText();
  sink_.report(diag::name_of_two_words, words, first + " " + second).replace(words, first + "-" + second);
  return true;
}

// `gate scan = trivy`, `pipeline shop = application`
bool Mistake::is_equals_for_colon() const {
  if (offending_->getType() != PipeLexer::EQ || !is_name(from_offending_.type(-1))) return false;
  const size_t keyword = from_offending_.type(-2);
  const bool header =
      is_element_kind(keyword) || keyword == PipeLexer::PIPELINE || keyword == PipeLexer::CAPABILITY;
  if (!header || !from_offending_.same_line(-2)) return false;
  sink_.report(diag::equals_for_colon, tokens_.span(*offending_), from_offending_.at(-1)->getText())
      .replace(tokens_.span(*offending_), ":");
  return true;
}

// `approval release ( within = 24h )`
bool Mistake::is_parentheses_for_braces() const {
  if (offending_->getType() != PipeLexer::LP || !is_name(from_offending_.type(-1))) return false;
  const int first = from_offending_.start_of_line();
  if (first > -2 || !is_header(from_offending_.type(first))) return false;
  int closing = 1;
  for (int depth = 1; depth > 0 && from_offending_.at(closing) != nullptr; ++closing)
    depth += change_of_depth(from_offending_.type(closing));
  const Token* end = from_offending_.at(closing - 1);
  auto report = sink_.report(diag::parentheses_for_braces, tokens_.span(*offending_),
                             from_offending_.at(-1)->getText());
  if (end != nullptr && end->getType() == PipeLexer::RP) {
    report.fix("write braces", {{tokens_.span(*offending_), "{"}, {tokens_.span(*end), "}"}});
  }
  return true;
}

// `skip lint becuase "…"`
bool Mistake::is_misspelt_because() const {
  static constexpr auto word = std::to_array<std::string_view>({"because"});
  const bool before_text = start_->getType() == PipeLexer::NAME && is_literal(from_start_.type(1));
  if (!before_text || from_start_.start_of_line() == 0 || !nearest(start_->getText(), word)) return false;
  sink_.report(diag::unknown_keyword, tokens_.span(*start_), start_->getText())
      .replace(tokens_.span(*start_), "because");
  return true;
}

bool Mistake::is_missing_comma() const {
  const size_t bracket = from_offending_.open_bracket();
  const bool import = context_->getRuleIndex() == PipeParser::RuleImportDecl && bracket == PipeLexer::LB;
  const bool in_list = bracket == PipeLexer::LS || bracket == PipeLexer::LP || import;
  const size_t before = from_offending_.type(-1);
  const bool behind_value = starts_value(before) || change_of_depth(before) < 0;
  if (!in_list || !starts_value(offending_->getType()) || !behind_value) return false;
  sink_.report(diag::missing_comma, tokens_.span(*offending_))
      .fix("add `,`", {insert_after(*from_offending_.at(-1), ",")}, true);
  return true;
}

// `skip image bom, scan`
bool Mistake::is_missing_comma_of_skip() const {
  const int first = from_start_.start_of_line();
  const bool in_skip = first < -1 && from_start_.type(first) == PipeLexer::SKIP_;
  const bool between =
      is_name(start_->getType()) && is_name(from_start_.type(-1)) &&
      (offending_->getType() == PipeLexer::COMMA || offending_->getType() == PipeLexer::DOT ||
       offending_->getType() == PipeLexer::BECAUSE);
  if (!in_skip || !between) return false;
  sink_.report(diag::missing_comma, tokens_.span(*start_))
      .fix("add `,`", {insert_after(*from_start_.at(-1), ",")}, true);
  return true;
}

// `import tools`
bool Mistake::is_import_without_names() const {
  const size_t module = from_offending_.type(-1);
  const bool import = context_->getRuleIndex() == PipeParser::RuleImportDecl &&
                      from_offending_.type(-2) == PipeLexer::IMPORT &&
                      (is_name(module) || module == PipeLexer::TEXT);
  if (!import || offending_->getType() == PipeLexer::LB) return false;
  const std::string header = "import " + from_offending_.at(-1)->getText();
  sink_
      .report(diag::missing_opening_brace, tokens_.span(*from_offending_.at(-2), *from_offending_.at(-1)),
              "`" + header + "`")
      .note("an import names what it takes: `" + header + " { NAME, … }`");
  return true;
}

// `environment here`, and then the next declaration.
bool Mistake::is_missing_body() const {
  if (from_offending_.same_line(-1) || !parser_->getExpectedTokens().contains(size_t{PipeLexer::LB}))
    return false;
  const Token* last = from_offending_.at(-1);
  if (last == nullptr) return false;
  const Neighbours before(parser_, from_offending_.at(-1));
  const Token* first = before.at(before.start_of_line());
  if (!is_header(first->getType())) return false;
  const std::string text = shown(*first, *last);
  sink_.report(diag::missing_opening_brace, tokens_.span(*first, *last), text)
      .fix("add a body", {insert_after(*last, " { }")});
  return true;
}

std::string Mistake::shown(const Token& first, const Token& last) const {
  std::string text;
  const Token* previous = nullptr;
  for (size_t i = first.getTokenIndex(); i <= last.getTokenIndex(); ++i) {
    const Token* token = parser_->getTokenStream()->get(i);
    if (token->getChannel() != Token::DEFAULT_CHANNEL) continue;
    if (previous != nullptr && previous->getStopIndex() + 1 < token->getStartIndex()) text += ' ';
    text += token->getText();
    previous = token;
  }
  return shown_header(text, first.getText());
}

// `capability tests {`, `let limit = 5m`
bool Mistake::is_missing_colon() const {
  const size_t keyword = from_offending_.type(-2);
  const bool capability = keyword == PipeLexer::CAPABILITY && offending_->getType() == PipeLexer::LB;
  const bool let = keyword == PipeLexer::LET && offending_->getType() == PipeLexer::EQ;
  if ((!capability && !let) || !is_name(from_offending_.type(-1))) return false;
  const std::string name = from_offending_.at(-1)->getText();
  sink_.report(diag::missing_colon, tokens_.span(*from_offending_.at(-2), *from_offending_.at(-1)), name)
      .note(capability
                ? "write `capability " + name +
                      ": KIND { … }`; kinds are `action`, `gate`, `approval`, `deploy`, `source` and "
                      "`metric`"
                : "write `let " + name + ": TYPE = …`, with a type such as `string`, `duration` or `int`");
  return true;
}

bool Mistake::is_unknown_keyword() const {
  if (start_->getType() != PipeLexer::NAME || !from_start_.same_line(1)) return false;
  const std::string word = start_->getText();
  const auto keyword = nearest_keyword(word);
  const size_t next = from_start_.type(1);
  const bool before_title = is_literal(next) && keyword && from_start_.start_of_line() == 0;
  if (!is_name(next) && !before_title) return false;
  auto report = sink_.report(diag::unknown_keyword, tokens_.span(*start_), word);
  if (keyword) report.replace(tokens_.span(*start_), std::string(*keyword));
  if (word == "from") report.note("names come from a module with `import MODULE { NAME, … }`");
  return true;
}

void Mistake::report_unexpected_token() const {
  const bool at_end = offending_->getType() == Token::EOF;
  const std::string found = at_end ? "the end of the file" : "`" + offending_->getText() + "`";
  std::string_view expected;
  for (auto* context = context_; context != nullptr && expected.empty();
       context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent)) {
    expected = expected_in(context->getRuleIndex());
  }
  constexpr size_t longest_shown = 40;
  const std::string shown = found.size() > longest_shown ? "this" : found;
  auto report = sink_.report(diag::unexpected_token, tokens_.span(*offending_), expected, shown);
  const bool comma_twice =
      offending_->getType() == PipeLexer::COMMA && from_offending_.type(-1) == PipeLexer::COMMA;
  const bool inside = enclosing(PipeParser::RulePipelineDecl) != nullptr;
  if (inside && start_->getType() == PipeLexer::SEVERITY)
    report.note("`severity { CODE = LEVEL }` is about the whole file: it stands outside of the pipeline");
  if (comma_twice) report.replace(tokens_.span(*offending_), "", true);
  if (context_->getRuleIndex() != PipeParser::RuleCapabilityKind) return;
  static constexpr auto kinds =
      std::to_array<std::string_view>({"action", "gate", "approval", "deploy", "source", "metric"});
  if (const auto kind = nearest(offending_->getText(), kinds))
    report.replace(tokens_.span(*offending_), std::string(*kind));
}

}  // namespace pipec::parse
