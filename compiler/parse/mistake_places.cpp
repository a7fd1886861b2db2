// Mistakes in headers: parts that stand in the wrong block, and names that are none.
#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/mistake.h"

namespace pipec::parse {
namespace {

enum class Home : uint8_t { none, file, pipeline, stage, runbook };

// Where what the keyword begins stands; that of a keyword which stands in many places is none.
Home home_of(size_t keyword) {
  switch (keyword) {
    case PipeLexer::IMPORT:
    case PipeLexer::VARIANT:
    case PipeLexer::CAPABILITY:
    case PipeLexer::PROFILE:
    case PipeLexer::GROUP:
    case PipeLexer::PIPELINE:
    case PipeLexer::TEST:
    case PipeLexer::RUNBOOK:
      return Home::file;
    case PipeLexer::SOURCE:
    case PipeLexer::ENVIRONMENT:
    case PipeLexer::STAGE:
    case PipeLexer::ROUTE:
    case PipeLexer::HOTFIX:
    case PipeLexer::METRICS:
    case PipeLexer::NOTIFY:
      return Home::pipeline;
    case PipeLexer::ACTION:
    case PipeLexer::GATE:
    case PipeLexer::APPROVAL:
    case PipeLexer::DEPLOY:
    case PipeLexer::PARALLEL:
    case PipeLexer::SEQUENCE:
    case PipeLexer::ALWAYS:
      return Home::stage;
    case PipeLexer::STEP:
      return Home::runbook;
    default:
      return Home::none;
  }
}

std::string_view place_of(Home home) {
  switch (home) {
    case Home::file:
      return "at the top of the file, outside of `pipeline`";
    case Home::pipeline:
      return "in a pipeline: `pipeline NAME { … }`";
    case Home::stage:
      return "in a stage: `stage NAME { … }`";
    case Home::runbook:
      return "in a runbook: `runbook NAME { … }`";
    case Home::none:
      break;
  }
  return {};
}

bool is_block(size_t rule) {
  switch (rule) {
    case PipeParser::RuleFile:
    case PipeParser::RulePipelineDecl:
    case PipeParser::RulePipelineItem:
    case PipeParser::RuleStageBody:
    case PipeParser::RuleOrderGroup:
    case PipeParser::RuleBody:
    case PipeParser::RulePropertyBody:
    case PipeParser::RuleRecord:
    case PipeParser::RuleTestDecl:
    case PipeParser::RuleRunbookDecl:
    case PipeParser::RuleTargetDecl:
    case PipeParser::RuleProfileDecl:
    case PipeParser::RuleProfileItem:
      return true;
    default:
      return false;
  }
}

bool stands_in(size_t keyword, Home home, size_t block) {
  switch (block) {
    case PipeParser::RuleFile:
      // A definition of an element or a stage.
      return home == Home::file || is_element_kind(keyword) || keyword == PipeLexer::STAGE;
    case PipeParser::RulePipelineDecl:
      return home == Home::pipeline;
    case PipeParser::RuleStageBody:
    case PipeParser::RuleOrderGroup:
      return home == Home::stage;
    case PipeParser::RuleProfileDecl:
    case PipeParser::RuleProfileItem:
      return keyword == PipeLexer::STAGE;
    case PipeParser::RuleRunbookDecl:
      return home == Home::runbook;
    default:
      return false;
  }
}

}  // namespace

size_t Mistake::block_around() const {
  const antlr4::ParserRuleContext* context = context_;
  while (context->parent != nullptr && (!is_block(context->getRuleIndex()) || context->start == start_))
    context = dynamic_cast<const antlr4::ParserRuleContext*>(context->parent);
  return context->getRuleIndex();
}

// `gate lint: check` in a pipeline, `environment beta { … }` in a stage
bool Mistake::is_misplaced() const {
  const size_t keyword = start_->getType();
  const Home home = home_of(keyword);
  const size_t before = from_start_.type(-1);
  const bool begins = from_start_.start_of_line() == 0 || before == PipeLexer::LB || before == PipeLexer::RB;
  if (home == Home::none || !begins || !from_start_.same_line(1)) return false;
  const size_t name = from_start_.type(1);
  const size_t next = from_start_.type(2);
  const bool body = next == PipeLexer::LB || next == PipeLexer::COLON || next == PipeLexer::IN ||
                    next == PipeLexer::EXTENDS;
  const bool named = is_name(name) && (body || is_element_kind(keyword));
  const bool titled = name == PipeLexer::TEXT && (keyword == PipeLexer::TEST || keyword == PipeLexer::STEP);
  const bool header = is_header(keyword) || keyword == PipeLexer::STEP || keyword == PipeLexer::IMPORT;
  const size_t block = block_around();
  if (!header || (!named && !titled) || foreign_key() != nullptr || stands_in(keyword, home, block))
    return false;
  auto report = sink_.report(diag::misplaced, tokens_.span(*start_, *from_start_.at(1)), start_->getText(),
                             place_of(home));
  const bool step = keyword == PipeLexer::STEP &&
                    (block == PipeParser::RuleStageBody || block == PipeParser::RuleOrderGroup);
  if (step) report.note("the elements of a stage are `action`, `gate`, `approval` and `deploy`");
  return true;
}

// `gate 1unit: check`
bool Mistake::is_name_that_begins_with_digit() const {
  const size_t next = from_offending_.type(1);
  const bool header = is_header(from_offending_.type(-1)) && from_offending_.same_line(-1) &&
                      (next == PipeLexer::COLON || next == PipeLexer::LB || next == PipeLexer::IN);
  if (offending_->getType() != PipeLexer::NUMBER || !header) return false;
  sink_.report(diag::name_begins_with_digit, tokens_.span(*offending_), offending_->getText());
  return true;
}

// `expect route: trunk`
bool Mistake::is_colon_of_expectation() const {
  const bool colon =
      offending_->getType() == PipeLexer::COLON && enclosing(PipeParser::RuleRelation) != nullptr;
  if (!colon) return false;
  const Span at = tokens_.span(*offending_);
  const bool touches = tokens_.span(*from_offending_.at(-1)).end == at.begin;
  sink_
      .report(diag::unexpected_token, at, "`=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `lacks` or `before`",
              "`:`")
      .fix("write `=`", {{at, touches ? " =" : "="}});
  return true;
}

// `stage beta: roll(beta)`
bool Mistake::is_colon_for_call() const {
  const bool call = offending_->getType() == PipeLexer::LP && is_name(from_offending_.type(-1)) &&
                    from_offending_.type(-2) == PipeLexer::COLON && is_name(from_offending_.type(-3)) &&
                    from_offending_.type(-4) == PipeLexer::STAGE;
  if (!call) return false;
  const Span colon = tokens_.span(*from_offending_.at(-2));
  const bool touches = tokens_.span(*from_offending_.at(-3)).end == colon.begin;
  const bool touched = tokens_.span(*from_offending_.at(-1)).begin == colon.end;
  sink_.report(diag::colon_for_call, colon)
      .fix("write `=`", {{colon, std::string(touches ? " " : "") + "=" + (touched ? " " : "")}});
  return true;
}

std::string Mistake::kind_declared(const std::string& name) const {
  auto* stream = dynamic_cast<antlr4::CommonTokenStream*>(parser_->getTokenStream());
  for (antlr4::Token* token : stream->getTokens()) {
    if (token->getChannel() != antlr4::Token::DEFAULT_CHANNEL || !is_name(token->getType())) continue;
    const bool definition = is_element_kind(token->getType()) && token->getCharPositionInLine() == 0;
    if (token->getType() != PipeLexer::CAPABILITY && !definition) continue;
    const Neighbours words(parser_, token);
    const antlr4::Token* declared = words.at(1);
    if (declared == nullptr || declared->getText() != name) continue;
    if (definition) return token->getText();
    if (words.type(2) == PipeLexer::COLON && is_element_kind(words.type(3))) return words.at(3)->getText();
  }
  return "";
}

// `unit: check { … }` in a stage
bool Mistake::is_element_without_kind() const {
  const size_t before = from_offending_.type(-4);
  const bool begins =
      from_offending_.start_of_line() == -3 || before == PipeLexer::LB || before == PipeLexer::RB;
  const bool named = offending_->getType() == PipeLexer::LB && is_name(from_offending_.type(-1)) &&
                     from_offending_.type(-2) == PipeLexer::COLON && is_name(from_offending_.type(-3));
  if (!named || !begins || !from_offending_.same_line(-3)) return false;
  const size_t block = block_around();
  if (block != PipeParser::RuleStageBody && block != PipeParser::RuleOrderGroup) return false;
  const antlr4::Token& name = *from_offending_.at(-3);
  const antlr4::Token& what = *from_offending_.at(-1);
  auto report =
      sink_.report(diag::element_needs_kind, tokens_.span(name, what), name.getText(), what.getText());
  const std::string kind = kind_declared(what.getText());
  if (kind.empty()) {
    report.note("kinds are `action`, `gate`, `approval` and `deploy`");
  } else {
    report.fix("write `" + kind + " " + name.getText() + ": " + what.getText() + "`",
               {insert_before(name, kind + " ")});
  }
  return true;
}

// `param spec`, and then the next property
bool Mistake::is_parameter_without_type() const {
  const bool name = context_->getRuleIndex() == PipeParser::RuleParameter &&
                    is_name(from_offending_.type(-1)) && context_->start == from_offending_.at(-1);
  if (!name) return false;
  const antlr4::Token& word = *from_offending_.at(-1);
  auto report = sink_.report(diag::missing_colon, tokens_.span(word), word.getText());
  if (is_name(offending_->getType()) && from_offending_.same_line(-1)) {
    report.fix("add `:`", {insert_after(word, ":")});
  } else {
    report.note("a parameter has a type, such as `string`, `duration` or `int`: `" + word.getText() +
                ": TYPE`");
  }
  return true;
}

}  // namespace pipec::parse
