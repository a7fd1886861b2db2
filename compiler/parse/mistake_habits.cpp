// Mistakes of those who know another language better.
#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/mistake.h"
#include "compiler/support/other_languages.h"

#include <algorithm>
#include <array>

namespace pipec::parse {
namespace {

bool before_place(size_t type) {
  return type == PipeLexer::SKIP_ || type == PipeLexer::OVERRIDE || type == PipeLexer::REPLACE ||
         type == PipeLexer::BEFORE || type == PipeLexer::AFTER;
}

bool is_path(std::string_view text) {
  constexpr auto in_path = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), in_path);
}

// Reports a text that should be a name, and takes the quotes away where that makes one of it.
template <class Kind>
void report_quotes(const Kind& kind, Span at, const std::string& quoted, DiagnosticSink& sink) {
  const std::string name = quoted.substr(1, quoted.size() - 2);
  auto report = sink.report(kind, at, quoted);
  if (is_path(name)) report.replace(at, name, true);
}

// The property `stages` of a route, in which the word has a meaning.
bool is_list_of_stages(const antlr4::ParserRuleContext& property) {
  const auto* around = dynamic_cast<const antlr4::ParserRuleContext*>(property.parent);
  return around != nullptr && around->getRuleIndex() == PipeParser::RuleRouteItem &&
         property.start->getText() == "stages";
}

}  // namespace

// `skip "unit"`, `final ["unit"]`
bool Mistake::is_quoted_place() const {
  if (offending_->getType() != PipeLexer::TEXT) return false;
  const size_t before = from_offending_.type(-1);
  const int first = from_offending_.start_of_line();
  const size_t statement = first < 0 ? from_offending_.type(first) : offending_->getType();
  const bool listed =
      (before == PipeLexer::COMMA && (statement == PipeLexer::SKIP_ || statement == PipeLexer::FINAL)) ||
      (before == PipeLexer::LS && from_offending_.type(-2) == PipeLexer::FINAL);
  const bool behind =
      before_place(before) || (before == PipeLexer::STAGE && before_place(from_offending_.type(-2)));
  if (!listed && !behind) return false;
  report_quotes(diag::quoted_place, tokens_.span(*offending_), offending_->getText(), sink_);
  return true;
}

// `stage "build"`, `gate "unit": tests`
bool Mistake::is_quoted_name() const {
  const size_t before = from_offending_.type(-2);
  const bool begins = from_offending_.start_of_line() == -1 || before == PipeLexer::BASE ||
                      before == PipeLexer::LB || before == PipeLexer::RB;
  const bool header = begins && is_header(from_offending_.type(-1));
  // `stage beta in "beta"`
  const bool environment = from_offending_.type(-1) == PipeLexer::IN && from_offending_.same_line(-1) &&
                           from_offending_.type(from_offending_.start_of_line()) == PipeLexer::STAGE;
  if (offending_->getType() != PipeLexer::TEXT || (!header && !environment)) return false;
  report_quotes(diag::quoted_name, tokens_.span(*offending_), offending_->getText(), sink_);
  return true;
}

// `require unit_tests with reports`, `require unit_tests with [reports]`
bool Mistake::is_listed_without_parentheses() const {
  const bool list = offending_->getType() == PipeLexer::LS;
  if (from_offending_.type(-1) != PipeLexer::WITH || (!list && !is_name(offending_->getType()))) return false;
  const int first = from_offending_.start_of_line();
  if (first >= -1) return false;
  const size_t level = from_offending_.type(first);
  if (level != PipeLexer::REQUIRE && level != PipeLexer::RECOMMEND && level != PipeLexer::FORBID)
    return false;
  if (list) {
    int closing = 1;
    while (from_offending_.same_line(closing) && from_offending_.type(closing) != PipeLexer::RS)
      ++closing;
    auto report = sink_.report(diag::with_without_parentheses, tokens_.span(*offending_));
    if (from_offending_.same_line(closing)) {
      report.fix("write parentheses",
                 {{tokens_.span(*offending_), "("}, {tokens_.span(*from_offending_.at(closing)), ")"}});
    }
    return true;
  }
  const antlr4::Token* last = offending_;
  for (int next = 1; from_offending_.type(next) == PipeLexer::COMMA && from_offending_.same_line(next + 1) &&
                     is_name(from_offending_.type(next + 1));
       next += 2)
    last = from_offending_.at(next + 1);
  sink_.report(diag::with_without_parentheses, tokens_.span(*offending_, *last))
      .fix("add the parentheses", {insert_before(*offending_, "("), insert_after(*last, ")")}, true);
  return true;
}

// `var limit = 5m`
bool Mistake::is_let_of_another_language() const {
  constexpr auto words = std::to_array<std::string_view>({"var", "const", "val", "def", "local"});
  const std::string word = start_->getText();
  const bool declares = std::find(words.begin(), words.end(), word) != words.end() &&
                        from_start_.start_of_line() == 0 && is_name(from_start_.type(1)) &&
                        from_start_.type(2) == PipeLexer::EQ;
  if (!declares) return false;
  const antlr4::Token* value = from_start_.at(3);
  const std::string shown =
      value == nullptr || change_of_depth(value->getType()) != 0 ? "…" : value->getText();
  sink_.report(diag::other_language, tokens_.span(*start_), word)
      .note("write `let " + from_start_.at(1)->getText() + ": TYPE = " + shown +
            "`, with a type such as `string`, `duration` or `int`");
  return true;
}

antlr4::Token* Mistake::foreign_key() const {
  antlr4::Token* key = nullptr;
  for (const auto* around = enclosing(PipeParser::RuleProperty); around != nullptr;
       around = dynamic_cast<const antlr4::ParserRuleContext*>(around->parent)) {
    const bool foreign = around->getRuleIndex() == PipeParser::RuleProperty &&
                         said_otherwise(around->start->getText()) && !is_list_of_stages(*around);
    if (foreign) key = around->start;
  }
  return key;
}

// `job test { … }`, `steps [ … ]`, and what stands in `steps { … }`
bool Mistake::is_word_of_another_language() const {
  const antlr4::Token* key = foreign_key();
  const antlr4::Token* word = key == nullptr ? start_ : key;
  const auto instead = said_otherwise(word->getText());
  const bool begins = word != offending_ || from_start_.start_of_line() == 0;
  const auto* property = enclosing(PipeParser::RuleProperty);
  if (key == nullptr && property != nullptr && property->start == word && is_list_of_stages(*property))
    return false;
  if (!instead || !is_name(word->getType()) || !begins) return false;
  sink_.report(diag::other_language, tokens_.span(*word), word->getText()).note(std::string(*instead));
  return true;
}

// `on github { … }` in a stage or a pipeline
bool Mistake::is_lowering_of_stage() const {
  const bool lowering = start_->getType() == PipeLexer::ON && is_name(from_start_.type(1)) &&
                        from_start_.type(2) == PipeLexer::LB;
  if (!lowering || from_start_.start_of_line() < 0) return false;
  const std::string target = from_start_.at(1)->getText();
  const bool in_stage = enclosing(PipeParser::RuleStageBody) != nullptr;
  auto report = sink_.report(diag::lowering_of_stage, tokens_.span(*start_, *from_start_.at(1)), target);
  report.note("what differs on one target stands in the element: `action NAME: WHAT { on " + target +
              " { … } }`");
  if (!in_stage)
    report.note("what the platform must know of the pipeline stands in `target " + target + " { … }`");
  return true;
}

// `stage release on production {`
bool Mistake::is_stage_on_environment() const {
  const int first = from_start_.start_of_line();
  const bool stage = start_->getType() == PipeLexer::ON && first < -1 &&
                     from_start_.type(first) == PipeLexer::STAGE && is_name(from_start_.type(1));
  if (!stage) return false;
  sink_.report(diag::unknown_keyword, tokens_.span(*start_), "on")
      .note("a stage goes to its environment with `stage NAME in ENVIRONMENT`")
      .replace(tokens_.span(*start_), "in");
  return true;
}

}  // namespace pipec::parse
