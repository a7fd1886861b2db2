#include "compiler/parse/syntax_errors.h"

#include <array>

#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/parse/parse.h"
#include "compiler/support/text.h"

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
    case PipeParser::RuleRecord: return true;
    default: return false;
  }
}

// What belongs where the parser is, in words.
std::string_view expected_in(size_t rule) {
  switch (rule) {
    case PipeParser::RuleFile:
    case PipeParser::RuleTopLevel: return "a declaration such as `pipeline`, `import` or `let`";
    case PipeParser::RulePipelineDecl:
    case PipeParser::RulePipelineItem: return "a stage, another part of the pipeline or a property `name = value`";
    case PipeParser::RuleStage:
    case PipeParser::RuleStageBody:
    case PipeParser::RuleStageItem:
    case PipeParser::RuleOrderGroup:
      return "an element such as `gate NAME: CAPABILITY { … }` or a property `name = value`";
    case PipeParser::RuleProfileDecl:
    case PipeParser::RuleProfileItem: return "a role, a requirement or a property `name = value`";
    case PipeParser::RuleDerivation:
    case PipeParser::RuleRouteItem: return "`skip`, `override`, `add`, `replace`, `final` or a property `name = value`";
    case PipeParser::RuleBody:
    case PipeParser::RuleBodyItem:
    case PipeParser::RulePropertyBody:
    case PipeParser::RuleRecord:
    case PipeParser::RuleProperty:
    case PipeParser::RuleKey: return "a property `name = value`";
    case PipeParser::RuleExpr:
    case PipeParser::RuleArgument: return "a value";
    case PipeParser::RuleType:
    case PipeParser::RuleTypeField: return "a type";
    case PipeParser::RuleReason: return "a reason in quotes";
    case PipeParser::RulePlace:
    case PipeParser::RulePath:
    case PipeParser::RuleName:
    case PipeParser::RuleImportItem: return "a name";
    case PipeParser::RuleParameter: return "a parameter `name: type`";
    default: return "";
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
      {"import",    "let",      "variant", "capability", "profile",        "group",    "pipeline",
       "test",      "runbook",  "target",  "source",     "environment",    "artifact", "stage",
       "route",     "hotfix",   "metrics", "notify",     "waive",          "action",   "gate",
       "approval",  "deploy",   "param",   "parallel",   "not_applicable", "sequence", "always",
       "skip",      "override", "add",     "replace",    "final",          "require",  "recommend",
       "forbid",    "order",    "rule",    "given",      "expect",         "step",     "confirm",
       "link",      "block",    "unset"});
  return nearest(word, keywords);
}

}  // namespace

void SyntaxErrors::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  Token* start = error.getOffendingToken();
  if (parser->getContext()->getRuleIndex() == PipeParser::RuleProperty) start = parser->getContext()->getStart();
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
  const Neighbours from_start(parser, start);
  const Neighbours from_offending(parser, offending);
  const Span at = tokens_.span(*offending);
  const auto insert_before = [&](const Token& token, std::string text) {
    const uint32_t begin = tokens_.span(token).begin;
    return Edit{{at.source, begin, begin}, std::move(text)};
  };
  const auto insert_after = [&](const Token& token, std::string text) {
    const uint32_t end = tokens_.span(token).end;
    return Edit{{at.source, end, end}, std::move(text)};
  };

  if (auto* property = enclosing(parser->getContext(), PipeParser::RuleProperty)) {
    const Token& key = *property->getStart();
    const bool group = key.getType() == PipeLexer::PARALLEL || key.getType() == PipeLexer::SEQUENCE ||
                       key.getType() == PipeLexer::ALWAYS;
    if (group && &key != offending) {
      sink_.report(diag::group_needs_braces, tokens_.span(key), key.getText());
      return;
    }
  }

  const size_t kind = from_offending.type(-3);
  const bool kind_colon_name = kind >= PipeLexer::ACTION && kind <= PipeLexer::DEPLOY &&
                               from_offending.type(-2) == PipeLexer::COLON &&
                               is_name(from_offending.type(-1));
  if (offending->getType() == PipeLexer::LB && kind_colon_name) {
    const Token& keyword = *from_offending.at(-3);
    sink_.report(diag::element_needs_name, tokens_.span(keyword, *from_offending.at(-1)), keyword.getText(),
                 from_offending.at(-1)->getText())
        .fix("name it", {insert_after(keyword, " " + from_offending.at(-1)->getText())});
    return;
  }

  const bool after_value = is_name(from_start.type(-1)) && from_start.type(-2) == PipeLexer::EQ &&
                           from_start.same_line(-2);
  if (is_name(start->getType()) && after_value) {
    const Token* last = start;
    for (int distance = 1; from_start.same_line(distance) && is_name(from_start.type(distance)); ++distance) {
      last = from_start.at(distance);
    }
    const Token& first = *from_start.at(-1);
    sink_.report(diag::unquoted_text, tokens_.span(first, *last))
        .fix("put the text in quotes", {insert_before(first, "\""), insert_after(*last, "\"")});
    return;
  }

  const bool key_and_value = is_name(start->getType()) && from_start.at(1) == offending &&
                             (is_literal(offending->getType()) || offending->getType() == PipeLexer::LS);
  if (key_and_value && from_start.same_line(1)) {
    sink_.report(diag::missing_equals, tokens_.span(*start), start->getText())
        .fix("add `=`", {insert_after(*start, " =")}, true);
    return;
  }

  auto* expression = enclosing(parser->getContext(), PipeParser::RuleExpr);
  const bool in_list = expression != nullptr && expression->getStart()->getType() == PipeLexer::LS;
  if (in_list && starts_value(offending->getType()) && starts_value(from_offending.type(-1))) {
    sink_.report(diag::missing_comma, at)
        .fix("add `,`", {insert_after(*from_offending.at(-1), ",")}, true);
    return;
  }

  if (start->getType() == PipeLexer::NAME && from_start.same_line(1) && is_name(from_start.type(1))) {
    const std::string word = start->getText();
    auto report = sink_.report(diag::unknown_keyword, tokens_.span(*start), word);
    if (const auto keyword = nearest_keyword(word)) {
      report.replace(tokens_.span(*start), std::string(*keyword));
    }
    return;
  }

  const bool at_end = offending->getType() == Token::EOF;
  const std::string found = at_end ? "the end of the file" : "`" + offending->getText() + "`";
  std::string_view expected;
  for (auto* context = parser->getContext(); context != nullptr && expected.empty();
       context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent)) {
    expected = expected_in(context->getRuleIndex());
  }
  constexpr size_t longest_shown = 40;
  const std::string shown = found.size() > longest_shown ? "this" : found;
  auto report = sink_.report(diag::unexpected_token, at, expected, shown);
  const bool comma_twice = offending->getType() == PipeLexer::COMMA && from_offending.type(-1) == PipeLexer::COMMA;
  if (comma_twice) report.replace(at, "", true);
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

Token* SyntaxErrors::recoverInline(antlr4::Parser* parser) {
  throw antlr4::InputMismatchException(parser);
}

void SyntaxErrors::sync(antlr4::Parser* parser) {
  using antlr4::atn::ATNState;
  auto* state = parser->getInterpreter<antlr4::atn::ParserATNSimulator>()->atn.states[parser->getState()];
  const auto type = state->getStateType();
  const bool in_loop = type == ATNState::STAR_LOOP_ENTRY || type == ATNState::STAR_LOOP_BACK;
  if (!in_loop || !holds_items(parser->getContext()->getRuleIndex())) return;
  // The last item failed at its first token: go past it, or it would be tried for ever.
  const size_t index = parser->getTokenStream()->index();
  if (inErrorRecoveryMode(parser) && index == last_item_ && parser->getCurrentToken()->getType() != Token::EOF) {
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
