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

}  // namespace pipec::parse
