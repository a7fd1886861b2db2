#include "compiler/parse/syntax_errors.h"

#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/parse.h"
#include "compiler/support/text.h"

#include <array>

namespace pipec::parse {
namespace {

using antlr4::Token;

bool is_name(size_t type) { return type >= PipeLexer::PIPE && type <= PipeLexer::NAME; }

bool is_literal(size_t type) {
  return type == PipeLexer::NUMBER || type == PipeLexer::DATE || type == PipeLexer::TEXT ||
         type == PipeLexer::RAW || type == PipeLexer::BLOCK_TEXT;
}

bool starts_value(size_t type) {
  return is_name(type) || is_literal(type) || type == PipeLexer::LS || type == PipeLexer::LB;
}

int change_of_depth(size_t type) {
  if (type == PipeLexer::LB || type == PipeLexer::LS || type == PipeLexer::LP) return 1;
  if (type == PipeLexer::RB || type == PipeLexer::RS || type == PipeLexer::RP) return -1;
  return 0;
}

// Rules whose loop is over items that stand on lines of their own.
bool holds_items(size_t rule) {
  switch (rule) {
    case PipeParser::RuleFile:
    case PipeParser::RuleVariantDecl:
    case PipeParser::RuleBody:
    case PipeParser::RulePropertyBody:
    case PipeParser::RuleTestDecl:
    case PipeParser::RuleRunbookDecl:
    case PipeParser::RuleTargetDecl:
    case PipeParser::RuleProfileDecl:
    case PipeParser::RuleProfileItem:
    case PipeParser::RulePipelineDecl:
    case PipeParser::RulePipelineItem:
    case PipeParser::RuleStageBody:
    case PipeParser::RuleOrderGroup:
    case PipeParser::RuleRecord:
      return true;
    default:
      return false;
  }
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
    default:
      return "";
  }
}

antlr4::ParserRuleContext* enclosing(antlr4::ParserRuleContext* context, size_t rule) {
  while (context != nullptr && context->getRuleIndex() != rule) {
    context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent);
  }
  return context;
}

// The tokens that the parser sees, by their distance from one of them.
class Neighbours {
 public:
  Neighbours(antlr4::Parser* parser, Token* token)
      : stream_(dynamic_cast<antlr4::CommonTokenStream*>(parser->getTokenStream())), token_(token) {}

  // Null beyond the first or last token.
  Token* at(int distance) const {
    Token* found = token_;
    for (; distance != 0 && found != nullptr; distance += distance < 0 ? 1 : -1) {
      found = step(*found, distance < 0 ? -1 : 1);
    }
    return found;
  }
  size_t type(int distance) const {
    const Token* token = at(distance);
    return token == nullptr ? size_t{Token::INVALID_TYPE} : token->getType();
  }
  bool same_line(int distance) const {
    const Token* token = at(distance);
    return token != nullptr && token->getLine() == token_->getLine();
  }

 private:
  Token* step(const Token& from, int direction) const {
    auto index = static_cast<int64_t>(from.getTokenIndex()) + direction;
    for (; index >= 0 && index < static_cast<int64_t>(stream_->size()); index += direction) {
      Token* token = stream_->get(static_cast<size_t>(index));
      if (token->getChannel() == Token::DEFAULT_CHANNEL) return token;
    }
    return nullptr;
  }

  antlr4::CommonTokenStream* stream_;
  Token* token_;
};

std::optional<std::string_view> nearest_keyword(const std::string& word) {
  static constexpr auto keywords = std::to_array<std::string_view>(
      {"import",   "let",      "variant", "capability", "profile",        "group",    "pipeline",
       "test",     "runbook",  "target",  "source",     "environment",    "artifact", "stage",
       "route",    "hotfix",   "metrics", "notify",     "waive",          "action",   "gate",
       "approval", "deploy",   "param",   "parallel",   "not_applicable", "sequence", "always",
       "skip",     "override", "add",     "replace",    "final",          "require",  "recommend",
       "forbid",   "order",    "rule",    "given",      "expect",         "step",     "confirm",
       "link",     "block",    "unset",   "attest",     "severity"});
  return nearest(word, keywords);
}

// One syntax error. Each `is_` reports the mistake when it is that one.
class Mistake {
 public:
  Mistake(antlr4::Parser* parser, Token* start, Token* offending, const Tokens& tokens, DiagnosticSink& sink)
      : context_(parser->getContext()),
        start_(start),
        offending_(offending),
        from_start_(parser, start),
        from_offending_(parser, offending),
        tokens_(tokens),
        sink_(sink) {}

  bool is_group_without_braces() const {
    auto* property = enclosing(context_, PipeParser::RuleProperty);
    if (property == nullptr) return false;
    const Token& key = *property->getStart();
    const bool group = key.getType() == PipeLexer::PARALLEL || key.getType() == PipeLexer::SEQUENCE ||
                       key.getType() == PipeLexer::ALWAYS;
    if (!group || &key == offending_) return false;
    sink_.report(diag::group_needs_braces, tokens_.span(key), key.getText());
    return true;
  }

  bool is_element_without_name() const {
    const size_t kind = from_offending_.type(-3);
    const bool kind_colon_name = kind >= PipeLexer::ACTION && kind <= PipeLexer::DEPLOY &&
                                 from_offending_.type(-2) == PipeLexer::COLON &&
                                 is_name(from_offending_.type(-1));
    if (offending_->getType() != PipeLexer::LB || !kind_colon_name) return false;
    const Token& keyword = *from_offending_.at(-3);
    const Token& name = *from_offending_.at(-1);
    sink_.report(diag::element_needs_name, tokens_.span(keyword, name), keyword.getText(), name.getText())
        .fix("name it", {insert_after(keyword, " " + name.getText())});
    return true;
  }

  bool is_unquoted_text() const {
    const bool after_value =
        is_name(from_start_.type(-1)) && from_start_.type(-2) == PipeLexer::EQ && from_start_.same_line(-2);
    if (!is_name(start_->getType()) || !after_value) return false;
    const Token* last = start_;
    for (int distance = 1; from_start_.same_line(distance) && is_name(from_start_.type(distance));
         ++distance) {
      last = from_start_.at(distance);
    }
    const Token& first = *from_start_.at(-1);
    sink_.report(diag::unquoted_text, tokens_.span(first, *last))
        .fix("put the text in quotes", {insert_before(first, "\""), insert_after(*last, "\"")});
    return true;
  }

  bool is_missing_equals() const {
    const bool key_and_value = is_name(start_->getType()) && from_start_.at(1) == offending_ &&
                               (is_literal(offending_->getType()) || offending_->getType() == PipeLexer::LS);
    if (!key_and_value || !from_start_.same_line(1)) return false;
    sink_.report(diag::missing_equals, tokens_.span(*start_), start_->getText())
        .fix("add `=`", {insert_after(*start_, " =")}, true);
    return true;
  }

  bool is_missing_comma() const {
    auto* expression = enclosing(context_, PipeParser::RuleExpr);
    const bool in_list = expression != nullptr && expression->getStart()->getType() == PipeLexer::LS;
    if (!in_list || !starts_value(offending_->getType()) || !starts_value(from_offending_.type(-1)))
      return false;
    sink_.report(diag::missing_comma, tokens_.span(*offending_))
        .fix("add `,`", {insert_after(*from_offending_.at(-1), ",")}, true);
    return true;
  }

  bool is_unknown_keyword() const {
    const bool two_names =
        start_->getType() == PipeLexer::NAME && from_start_.same_line(1) && is_name(from_start_.type(1));
    if (!two_names) return false;
    const std::string word = start_->getText();
    auto report = sink_.report(diag::unknown_keyword, tokens_.span(*start_), word);
    if (const auto keyword = nearest_keyword(word))
      report.replace(tokens_.span(*start_), std::string(*keyword));
    return true;
  }

  void report_unexpected_token() const {
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
    if (comma_twice) report.replace(tokens_.span(*offending_), "", true);
  }

 private:
  Edit insert_before(const Token& token, std::string text) const {
    const Span at = tokens_.span(token);
    return {{at.source, at.begin, at.begin}, std::move(text)};
  }
  Edit insert_after(const Token& token, std::string text) const {
    const Span at = tokens_.span(token);
    return {{at.source, at.end, at.end}, std::move(text)};
  }

  antlr4::ParserRuleContext* context_;
  Token* start_;
  Token* offending_;
  Neighbours from_start_;
  Neighbours from_offending_;
  const Tokens& tokens_;
  DiagnosticSink& sink_;
};

}  // namespace

void SyntaxErrors::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  Token* start = error.getOffendingToken();
  if (parser->getContext()->getRuleIndex() == PipeParser::RuleProperty)
    start = parser->getContext()->getStart();
  if (const auto* no_alternative = dynamic_cast<const antlr4::NoViableAltException*>(&error)) {
    start = no_alternative->getStartToken();
  }
  report(parser, start, error.getOffendingToken());
}

void SyntaxErrors::report(antlr4::Parser* parser, Token* start, Token* offending) {
  if (inErrorRecoveryMode(parser)) return;
  beginErrorCondition(parser);
  const bool first_on_line = lines_.insert(start->getLine()).second;
  lines_.insert(offending->getLine());
  if (!first_on_line) return;
  if (++count_ > max_errors) {
    sink_.report(diag::too_many_errors, tokens_.span(*start));
    throw antlr4::ParseCancellationException();
  }
  describe(parser, start, offending);
}

void SyntaxErrors::describe(antlr4::Parser* parser, Token* start, Token* offending) {
  const Mistake mistake(parser, start, offending, tokens_, sink_);
  const bool known = mistake.is_group_without_braces() || mistake.is_element_without_name() ||
                     mistake.is_unquoted_text() || mistake.is_missing_equals() ||
                     mistake.is_missing_comma() || mistake.is_unknown_keyword();
  if (!known) mistake.report_unexpected_token();
}

// Consumes a token, and with an opening bracket all up to its counterpart.
void SyntaxErrors::skip_one(antlr4::Parser* parser) {
  int depth = 0;
  do {
    const size_t type = parser->getCurrentToken()->getType();
    if (type == Token::EOF) return;
    depth += change_of_depth(type);
    parser->consume();
  } while (depth > 0);
}

// Goes to the next line of the innermost open block, or to the brace that closes it.
void SyntaxErrors::resume(antlr4::Parser* parser) {
  auto* stream = dynamic_cast<antlr4::CommonTokenStream*>(parser->getTokenStream());
  if (brackets_before_.empty()) count_brackets(*stream);
  int depth = brackets_before_[stream->index()];
  size_t previous_line = stream->LT(-1) == nullptr ? 0 : stream->LT(-1)->getLine();
  while (true) {
    const Token* token = stream->LT(1);
    const size_t type = token->getType();
    if (type == Token::EOF) return;
    if (depth <= 0 && (type == PipeLexer::RB || token->getLine() != previous_line)) return;
    depth += change_of_depth(type);
    previous_line = token->getLine();
    parser->consume();
  }
}

void SyntaxErrors::count_brackets(antlr4::CommonTokenStream& stream) {
  std::vector<int> blocks{0};
  for (const Token* token : stream.getTokens()) {
    brackets_before_.push_back(blocks.back());
    const size_t type = token->getType();
    if (type == PipeLexer::LB) {
      blocks.push_back(0);
    } else if (type == PipeLexer::RB) {
      if (blocks.size() > 1) blocks.pop_back();
    } else {
      blocks.back() += change_of_depth(type);
    }
  }
}

void SyntaxErrors::recover(antlr4::Parser* parser, std::exception_ptr /*error*/) { resume(parser); }

Token* SyntaxErrors::recoverInline(antlr4::Parser* parser) { throw antlr4::InputMismatchException(parser); }

void SyntaxErrors::sync(antlr4::Parser* parser) {
  using antlr4::atn::ATNState;
  auto* state = parser->getInterpreter<antlr4::atn::ParserATNSimulator>()->atn.states[parser->getState()];
  const auto type = state->getStateType();
  const bool in_loop = type == ATNState::STAR_LOOP_ENTRY || type == ATNState::STAR_LOOP_BACK;
  if (!in_loop || !holds_items(parser->getContext()->getRuleIndex())) return;
  // The last item failed at its first token: go past it, or it would be tried for ever.
  const size_t index = parser->getTokenStream()->index();
  if (inErrorRecoveryMode(parser) && index == last_item_ &&
      parser->getCurrentToken()->getType() != Token::EOF) {
    skip_one(parser);
    resume(parser);
  }
  last_item_ = parser->getTokenStream()->index();
  const auto next = parser->getATN().nextTokens(state);
  while (!next.contains(Token::EPSILON)) {
    Token* token = parser->getCurrentToken();
    const bool closes = token->getType() == PipeLexer::RB || token->getType() == Token::EOF;
    if (closes || next.contains(token->getType())) return;
    report(parser, token, token);
    skip_one(parser);
    resume(parser);
  }
}

}  // namespace pipec::parse
