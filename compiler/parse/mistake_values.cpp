// Mistakes in what a property is set to, and in the sign that sets it.
#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/literals.h"
#include "compiler/parse/mistake.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::parse {

using antlr4::Token;

bool Mistake::stands_apart(int distance) const {
  const Token* token = from_start_.at(distance);
  const Token* before = from_start_.at(distance - 1);
  return token != nullptr && before != nullptr && before->getStopIndex() + 2 < token->getStartIndex();
}

// `timeout =` and nothing, or the next property.
bool Mistake::is_missing_value() const {
  int equals = 0;
  const bool next_property = offending_->getType() == PipeLexer::EQ && is_name(from_offending_.type(-1)) &&
                             from_offending_.same_line(-1) && from_offending_.type(-2) == PipeLexer::EQ &&
                             !from_offending_.same_line(-2);
  if (next_property) equals = -2;
  const bool nothing = (offending_->getType() == PipeLexer::RB || offending_->getType() == Token::EOF) &&
                       from_offending_.type(-1) == PipeLexer::EQ;
  if (nothing) equals = -1;
  if (equals == 0 || !is_name(from_offending_.type(equals - 1))) return false;
  const Token& key = *from_offending_.at(equals - 1);
  sink_.report(diag::missing_value, tokens_.span(key, *from_offending_.at(equals)), key.getText());
  return true;
}

// `floor = critical  final  typical = 5s`
bool Mistake::is_bare_word() const {
  constexpr auto switches = std::to_array<std::string_view>(
      {"final", "privileged", "continue_on_failure", "per_region", "manual", "ephemeral"});
  const std::string word = start_->getText();
  const bool known = std::find(switches.begin(), switches.end(), word) != switches.end();
  const size_t next = from_start_.type(1);
  const bool ends = next == PipeLexer::RB || !from_start_.same_line(1);
  const bool property_follows = is_name(next) && from_start_.type(2) == PipeLexer::EQ;
  const bool first = from_start_.start_of_line() == 0 || from_start_.type(-1) == PipeLexer::LB;
  const bool apart = first || stands_apart(0) || known;
  const bool bare = is_name(start_->getType()) && apart && (property_follows || (known && ends));
  if (!bare || (!known && (first || !from_start_.same_line(1)))) return false;
  auto report = sink_.report(diag::missing_value, tokens_.span(*start_), word);
  if (known) report.fix("write `" + word + " = true`", {insert_after(*start_, " = true")});
  return true;
}

// `timeout = 4 m`, `timeout = 3 minutes`
bool Mistake::is_space_before_unit() const {
  const bool unit = is_name(start_->getType()) && from_start_.type(-1) == PipeLexer::NUMBER &&
                    from_start_.same_line(-1) && from_start_.type(-2) == PipeLexer::EQ;
  // `timeout = 5m  typical 40s`
  const size_t next = from_start_.type(1);
  const bool has_value = from_start_.same_line(1) && (is_literal(next) || next == PipeLexer::LS);
  if (!unit || has_value) return false;
  const Token& number = *from_start_.at(-1);
  const std::string count = number.getText();
  if (count.find_first_not_of("0123456789.") != std::string::npos) return false;
  const Span both = tokens_.span(number, *start_);
  const auto likely = likely_number(count + start_->getText());
  auto report =
      sink_.report(diag::malformed_number, both, count + " " + start_->getText(),
                   likely ? "a number and its unit are one word" : "it has no unit of the language");
  if (likely) report.replace(both, *likely);
  return true;
}

// `run = make lint`, `run: make lint`
bool Mistake::is_unquoted_text() const {
  const size_t sets = from_start_.type(-2);
  const bool colon =
      sets == PipeLexer::COLON && is_name(from_start_.type(-3)) && !is_header(from_start_.type(-4));
  const bool after_value =
      is_name(from_start_.type(-1)) && (sets == PipeLexer::EQ || colon) && from_start_.same_line(-2);
  if (!is_name(start_->getType()) || !after_value) return false;
  const auto sets_next = [&](int distance) {
    const size_t type = from_start_.type(distance + 1);
    return type == PipeLexer::EQ || (colon && type == PipeLexer::COLON);
  };
  const auto word = [&](int distance) {
    return (distance == 0 || from_start_.same_line(distance)) && is_name(from_start_.type(distance)) &&
           !sets_next(distance);
  };
  int behind = 0;
  while (word(behind))
    ++behind;
  const auto value = [&](int distance) {
    return from_start_.same_line(distance) && is_literal(from_start_.type(distance));
  };
  // `inputs = binary  undo "./back.sh"`: a property without its `=`.
  const bool property = stands_apart(0) || from_start_.type(behind) == PipeLexer::NUMBER;
  if (behind == 1 && property && value(1)) return false;
  if (behind == 1 && from_start_.same_line(1) && from_start_.type(1) == PipeLexer::LS) return false;
  while (behind > 0 && (value(behind) || word(behind)))
    ++behind;
  if (behind == 0) return false;
  const Token& first = *from_start_.at(-1);
  const Token& last = *from_start_.at(behind - 1);
  auto report = sink_.report(diag::unquoted_text, tokens_.span(first, last));
  std::string inside;
  for (int i = -1; i < behind; ++i)
    inside += from_start_.at(i)->getText();
  const bool raw = inside.find_first_of("\"\\") != std::string::npos;
  if (raw && inside.find('\'') != std::string::npos) return true;
  const std::string quote = raw ? "'" : "\"";
  std::vector<Edit> edits{insert_before(first, quote), insert_after(last, quote)};
  std::string title = "put the text in quotes";
  if (colon) {
    edits.insert(edits.begin(), {tokens_.span(*from_start_.at(-2)), " ="});
    title = fmt::format("write `{} = {}…{}`", from_start_.at(-3)->getText(), quote, quote);
  }
  report.fix(title, std::move(edits));
  return true;
}

// `stages = (build, prod)`, `stages = {build, prod}`
bool Mistake::is_list_in_other_brackets() const {
  int open = 0;
  while (from_offending_.type(open) != PipeLexer::EQ && from_offending_.same_line(open - 1) && open > -3)
    --open;
  if (from_offending_.type(open) != PipeLexer::EQ) return false;
  const int first = ++open;
  const size_t bracket = from_offending_.type(first);
  if ((bracket != PipeLexer::LP && bracket != PipeLexer::LB) || !from_offending_.same_line(first))
    return false;
  int closing = first + 1;
  bool comma = false;
  for (; from_offending_.same_line(closing) && change_of_depth(from_offending_.type(closing)) == 0;
       ++closing) {
    const size_t type = from_offending_.type(closing);
    comma = comma || type == PipeLexer::COMMA;
    if (type != PipeLexer::COMMA && !is_name(type) && !is_literal(type)) return false;
  }
  const bool closed = from_offending_.same_line(closing) &&
                      change_of_depth(from_offending_.type(closing)) < 0 && closing > first + 1;
  if (!closed || (bracket == PipeLexer::LB && !comma)) return false;
  auto report = sink_.report(diag::unexpected_token, tokens_.span(*from_offending_.at(first)), "a value",
                             "`" + from_offending_.at(first)->getText() + "`");
  if (bracket == PipeLexer::LB) {
    report.note("a list is written `[a, b]`, a record `{ NAME = VALUE }`");
  } else {
    report.note("a list is written `[a, b]`, on one line or several");
    report.fix("write `[…]`", {{tokens_.span(*from_offending_.at(first)), "["},
                               {tokens_.span(*from_offending_.at(closing)), "]"}});
  }
  return true;
}

// `regions = eu-west-1, us-east-1`
bool Mistake::is_list_without_brackets() const {
  const bool behind_value = from_start_.type(-1) == PipeLexer::COMMA && from_start_.same_line(-4) &&
                            from_start_.type(-3) == PipeLexer::EQ && is_name(from_start_.type(-4));
  const auto value = [&](int distance) {
    const size_t type = from_start_.type(distance);
    return (distance == 0 || from_start_.same_line(distance)) && (is_name(type) || is_literal(type));
  };
  if (!behind_value || !value(-2) || !value(0) || from_start_.type(1) == PipeLexer::EQ) return false;
  int last = 0;
  while (from_start_.type(last + 1) == PipeLexer::COMMA && value(last + 2) &&
         from_start_.type(last + 3) != PipeLexer::EQ)
    last += 2;
  const size_t next = from_start_.type(last + 1);
  const bool ends = !from_start_.same_line(last + 1) || next == PipeLexer::RB ||
                    (is_name(next) && from_start_.type(last + 2) == PipeLexer::EQ);
  if (!ends) return false;
  sink_.report(diag::unexpected_token, tokens_.span(*from_start_.at(-1)), "a list `[a, b]`", "`,`")
      .fix("put brackets around it",
           {insert_before(*from_start_.at(-2), "["), insert_after(*from_start_.at(last), "]")});
  return true;
}

bool Mistake::is_missing_equals() const {
  if (!is_name(start_->getType()) || !from_start_.same_line(1)) return false;
  const bool literal = from_start_.at(1) == offending_ &&
                       (is_literal(offending_->getType()) || offending_->getType() == PipeLexer::LS);
  // `privileged true`: two words and nothing else that could be a declaration.
  const bool word = start_->getType() == PipeLexer::NAME && is_name(from_start_.type(1)) &&
                    !nearest_keyword(start_->getText()) &&
                    (!from_start_.same_line(2) || from_start_.type(2) == PipeLexer::RB);
  const bool title = literal && nearest_keyword(start_->getText()) && from_start_.start_of_line() == 0 &&
                     from_start_.type(2) == PipeLexer::LB;
  if ((!literal && !word) || title) return false;
  sink_.report(diag::missing_equals, tokens_.span(*start_), start_->getText())
      .fix("add `=`", {insert_after(*start_, " =")}, literal);
  return true;
}

}  // namespace pipec::parse
