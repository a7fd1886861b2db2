// Constructs in the form of other languages, or with their parts in another order.
#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/mistake.h"

#include <fmt/core.h>

namespace pipec::parse {

using antlr4::Token;

void Mistake::report_form(Span at, std::string_view expected, std::string_view title,
                          std::vector<Edit> edits) const {
  const std::string found(offending_->getType() == Token::EOF ? "the end of the file"
                                                              : "`" + offending_->getText() + "`");
  sink_.report(diag::unexpected_token, at, expected, found).fix(std::string(title), std::move(edits));
}

Span Mistake::between(const Token& first, const Token& last) const {
  return {tokens_.source, tokens_.span(first).end, tokens_.span(last).begin};
}

// `pipe "1"`, `pipe: 1`, and `pipe 1` behind something else
bool Mistake::is_version() const {
  const Token* before = from_offending_.at(-1);
  if (before != nullptr && before->getType() == PipeLexer::PIPE && from_offending_.at(-2) == nullptr) {
    const bool sign = offending_->getType() == PipeLexer::COLON || offending_->getType() == PipeLexer::EQ;
    std::vector<Edit> edits{{tokens_.span(*offending_), "1"}};
    if (!from_offending_.same_line(-1)) edits = {insert_after(*before, " 1")};
    if (sign && from_offending_.type(1) == PipeLexer::NUMBER)
      edits = {{between(*before, *from_offending_.at(1)), " "}};
    report_form(tokens_.span(*offending_), "the version of the language, as in `pipe 1`", "write `pipe 1`",
                std::move(edits));
    return true;
  }
  const bool late = start_->getType() == PipeLexer::PIPE && from_start_.type(1) == PipeLexer::NUMBER &&
                    from_start_.start_of_line() == 0 && context_->getRuleIndex() == PipeParser::RuleFile;
  if (!late) return false;
  const Span at = tokens_.span(*start_, *from_start_.at(1));
  auto report =
      sink_.report(diag::misplaced, at, "pipe 1", "at the start of the file, before everything else");
  const Token& first = *context_->start;
  const bool again = first.getType() == PipeLexer::PIPE;
  std::vector<Edit> edits{{at, ""}};
  if (!again) edits.insert(edits.begin(), insert_before(first, "pipe 1\n"));
  report.fix(again ? "remove it" : "move it there", std::move(edits));
  return true;
}

// `enum(a, b)`, `string[]`, `list[string]`
bool Mistake::is_type_of_another_language() const {
  const Token* name = from_offending_.at(-1);
  const size_t bracket = offending_->getType();
  const bool type = from_offending_.type(-2) == PipeLexer::COLON && is_name(from_offending_.type(-3)) &&
                    name != nullptr && is_name(name->getType()) && from_offending_.same_line(-1);
  if (!type || (bracket != PipeLexer::LP && bracket != PipeLexer::LS)) return false;
  const std::string word = name->getText();
  int closing = 1;
  for (int depth = 1; from_offending_.same_line(closing); ++closing) {
    depth += change_of_depth(from_offending_.type(closing));
    if (depth == 0) break;
  }
  if (!from_offending_.same_line(closing)) return false;
  const Token& end = *from_offending_.at(closing);
  const Span at = tokens_.span(*offending_);
  if (bracket == PipeLexer::LP && word == "enum") {
    report_form(at, "`enum { … }`", "write braces", {{at, " { "}, {tokens_.span(end), " }"}});
  } else if (bracket == PipeLexer::LS && closing == 1) {
    report_form(at, "a type such as `list<" + word + ">`", "write `list<" + word + ">`",
                {{tokens_.span(*name, end), "list<" + word + ">"}});
  } else if (bracket == PipeLexer::LS && closing > 1 && word == "list") {
    report_form(at, "a type such as `list<string>`", "write `<` and `>`",
                {{at, "<"}, {tokens_.span(end), ">"}});
  } else {
    return false;
  }
  return true;
}

// `wait: duration = 30s` in a definition
bool Mistake::is_parameter_without_keyword() const {
  const bool typed = offending_->getType() == PipeLexer::EQ && is_name(from_offending_.type(-1)) &&
                     from_offending_.type(-2) == PipeLexer::COLON && is_name(from_offending_.type(-3)) &&
                     from_offending_.start_of_line() == -3 &&
                     enclosing(PipeParser::RuleDefinition) != nullptr;
  if (!typed) return false;
  const Token& name = *from_offending_.at(-3);
  const Token& type = *from_offending_.at(-1);
  sink_
      .report(diag::unexpected_token, tokens_.span(name, type), "a property `name = value`",
              fmt::format("`{}: {}`", name.getText(), type.getText()))
      .fix("write `param " + name.getText() + ": …`", {insert_before(name, "param ")});
  return true;
}

// `on local = {`, `environment beta = {`
bool Mistake::is_equals_before_body() const {
  const int equals = offending_->getType() == PipeLexer::EQ ? 0 : -1;
  const size_t keyword = from_offending_.type(equals - 2);
  const bool header =
      from_offending_.type(equals) == PipeLexer::EQ && from_offending_.type(equals + 1) == PipeLexer::LB &&
      is_name(from_offending_.type(equals - 1)) && (keyword == PipeLexer::ON || is_header(keyword)) &&
      from_offending_.same_line(equals - 2);
  if (!header) return false;
  const Token& sign = *from_offending_.at(equals);
  sink_.report(diag::unexpected_token, tokens_.span(sign), "a body `{ … }`", "`=`")
      .fix("remove it", {{between(*from_offending_.at(equals - 1), *from_offending_.at(equals + 1)), " "}});
  return true;
}

// `account => "…"`, `account := "…"`
bool Mistake::is_equals_of_another_language() const {
  const Token* before = from_offending_.at(-1);
  const size_t sign = before == nullptr ? size_t{Token::INVALID_TYPE} : before->getType();
  const bool arrow = sign == PipeLexer::EQ && offending_->getType() == PipeLexer::GT;
  const bool walrus = sign == PipeLexer::COLON && offending_->getType() == PipeLexer::EQ;
  if ((!arrow && !walrus) || before->getStopIndex() + 1 != offending_->getStartIndex()) return false;
  const Span both = tokens_.span(*before, *offending_);
  sink_.report(diag::unexpected_token, both, "`=`", arrow ? "`=>`" : "`:=`").replace(both, "=", true);
  return true;
}

// `stage dev in dev: prod`
bool Mistake::is_role_behind_environment() const {
  const bool role = offending_->getType() == PipeLexer::COLON && is_name(from_offending_.type(-1)) &&
                    from_offending_.type(-2) == PipeLexer::IN && is_name(from_offending_.type(-3)) &&
                    from_offending_.type(-4) == PipeLexer::STAGE && is_name(from_offending_.type(1));
  if (!role) return false;
  const Span written{tokens_.source, tokens_.span(*from_offending_.at(-3)).end,
                     tokens_.span(*from_offending_.at(1)).end};
  const std::string text =
      fmt::format(": {} in {}", from_offending_.at(1)->getText(), from_offending_.at(-1)->getText());
  report_form(tokens_.span(*offending_), "`stage NAME: ROLE in ENVIRONMENT`",
              "write `" + from_offending_.at(-3)->getText() + text + "`", {{written, text}});
  return true;
}

// `replace unit by gate unit: check`
bool Mistake::is_replace_by() const {
  const int first = from_start_.start_of_line();
  bool replaces = false;
  for (int i = first; i < 0; ++i)
    replaces = replaces || from_start_.type(i) == PipeLexer::REPLACE;
  if (start_->getText() != "by" || !replaces || !is_element_kind(from_start_.type(1))) return false;
  sink_.report(diag::unknown_keyword, tokens_.span(*start_), "by")
      .replace(tokens_.span(*start_), "with", true);
  return true;
}

// `because style`, `test main {`
bool Mistake::is_unquoted_title() const {
  const size_t before = from_offending_.type(-1);
  const bool statement =
      from_offending_.start_of_line() == -1 && (before == PipeLexer::TEST || before == PipeLexer::STEP ||
                                                before == PipeLexer::CONFIRM || before == PipeLexer::LINK);
  if ((before != PipeLexer::BECAUSE && !statement) || !is_name(offending_->getType())) return false;
  int last = 0;
  while (from_offending_.same_line(last + 1) && is_name(from_offending_.type(last + 1)) &&
         from_offending_.type(last + 2) != PipeLexer::EQ)
    ++last;
  if (!from_offending_.same_line(-1)) return false;
  const Token& end = *from_offending_.at(last);
  sink_.report(diag::unquoted_text, tokens_.span(*offending_, end))
      .fix("put the text in quotes", {insert_before(*offending_, "\""), insert_after(end, "\"")});
  return true;
}

// `gate unit.tests: check`
bool Mistake::is_name_with_dot() const {
  const bool header = offending_->getType() == PipeLexer::DOT && is_name(from_offending_.type(-1)) &&
                      is_header(from_offending_.type(-2)) &&
                      from_offending_.type(-2) != PipeLexer::OVERRIDE &&
                      from_offending_.start_of_line() <= -2 && is_name(from_offending_.type(1));
  if (!header) return false;
  const Span words = tokens_.span(*from_offending_.at(-1), *from_offending_.at(1));
  const std::string first = from_offending_.at(-1)->getText();
  const std::string second = from_offending_.at(1)->getText();
  sink_.report(diag::name_of_two_words, words, first + "." + second).replace(words, first + "-" + second);
  return true;
}

bool Mistake::has_form_of_another_language() const {
  return is_version() || is_type_of_another_language() || is_parameter_without_keyword() ||
         is_equals_before_body() || is_equals_of_another_language() || is_role_behind_environment() ||
         is_replace_by() || is_unquoted_title() || is_name_with_dot();
}

}  // namespace pipec::parse
