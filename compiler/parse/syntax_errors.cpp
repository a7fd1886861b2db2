#include "compiler/parse/syntax_errors.h"

#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/mistake.h"
#include "compiler/parse/parse.h"

namespace pipec::parse {
namespace {

using antlr4::Token;

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
  Mistake(parser, start, offending, tokens_, sink_).report();
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

// The rest of an item is not looked for behind an error in it: the item ends where it stands in its block.
void SyntaxErrors::recover(antlr4::Parser* parser, std::exception_ptr error) {
  const auto* context = parser->getContext();
  const auto* around = dynamic_cast<const antlr4::ParserRuleContext*>(context->parent);
  const bool is_item = around == nullptr || holds_items(around->getRuleIndex());
  if (!is_item && !holds_items(context->getRuleIndex())) std::rethrow_exception(error);
  resume(parser);
}

Token* SyntaxErrors::recoverInline(antlr4::Parser* parser) { throw antlr4::InputMismatchException(parser); }

void SyntaxErrors::sync(antlr4::Parser* parser) {
  using antlr4::atn::ATNState;
  auto* state = parser->getATN().states[parser->getState()];
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
  const auto& next = parser->getATN().nextTokens(state);
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
