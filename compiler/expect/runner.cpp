#include "compiler/expect/runner.h"

#include "compiler/diag/kinds/tests.h"
#include "compiler/expect/compare.h"
#include "compiler/expect/facts.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"
#include "compiler/support/window.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::expect {
namespace {

using ast::Comparison;
using sema::Element;
using sema::Expectation;
using sema::Subject;
using sema::Test;
using sema::Value;

bool is_judged_by(const Test& test, const sema::Pipeline& pipeline) {
  return test.pipeline == &pipeline &&
         std::any_of(test.expectations.begin(), test.expectations.end(),
                     [](const Expectation& expectation) { return is_of_the_file(expectation.subject); });
}

bool is_error(const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; }

// `findings` are expected to have it.
bool expects(const Test& test, const std::string& code) {
  return std::any_of(test.expectations.begin(), test.expectations.end(), [&](const Expectation& expectation) {
    const bool names_it =
        expectation.comparison == Comparison::equal || expectation.comparison == Comparison::contains;
    if (expectation.subject != Subject::findings || !names_it) return false;
    const auto& codes = expectation.value.items();
    return std::any_of(codes.begin(), codes.end(), [&](const Value& of) { return of.text() == code; });
  });
}

DiagnosticBuilder report_failed(const Expectation& expectation, const std::string& actual,
                                DiagnosticSink& sink) {
  return sink.report(diag::expectation_failed, expectation.span, expectation.text, actual,
                     in_words(expectation.comparison, expectation.value));
}

// The stages of a route run one after the other, and properties are what was written.
bool in_any_order(Subject subject) { return subject != Subject::stages && subject != Subject::property; }

void check_value(const Expectation& expectation, const Value& actual, DiagnosticSink& sink) {
  const bool any_order = in_any_order(expectation.subject);
  if (holds(actual, expectation.comparison, expectation.value, any_order)) return;
  auto report = report_failed(expectation, spell(actual), sink);
  const bool lists = expectation.comparison == Comparison::equal && actual.as<sema::ListValue>() != nullptr;
  const std::string difference = lists ? expect::difference(actual, expectation.value) : std::string();
  if (!difference.empty()) report.note(difference);
}

// The element in the route, or a report.
std::optional<sema::Route::Position> position_of(const std::string& id, const Expectation& expectation,
                                                 const Test& test, DiagnosticSink& sink) {
  auto position = test.route->find(id);
  if (!position) sink.report(diag::not_in_route, expectation.span, test.route->name, id);
  return position;
}

void check_order(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  const auto first = position_of(expectation.element, expectation, test, sink);
  if (!first) return;
  for (const Value& item : expectation.value.items()) {
    const auto second = position_of(item.text(), expectation, test, sink);
    if (!second || test.route->precedes(*first, *second)) continue;
    const std::string actual = fmt::format("not always over when `{}` starts", item.text());
    report_failed(expectation, actual, sink);
  }
}

void check_property(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  const auto position = position_of(expectation.element, expectation, test, sink);
  if (!position) return;
  const auto actual = property(test.route->at(*position), expectation.property);
  if (actual) {
    check_value(expectation, *actual, sink);
  } else if (expectation.comparison != Comparison::not_equal && expectation.comparison != Comparison::lacks) {
    report_failed(expectation, "not set", sink);
  }
}

void report_unknown_moment(const Expectation& expectation, const Moment& moment, const std::string& zone,
                           DiagnosticSink& sink) {
  sink.report(
      diag::unknown_moment, expectation.span, to_string(moment),
      fmt::format("when that is in {} is not known: clocks skip it, or the machine's time zone database "
                  "lacks one of the zones",
                  zone));
}

void check_window(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  const auto position = position_of(expectation.element, expectation, test, sink);
  if (!position) return;
  const Element& element = test.route->at(*position);
  const Value* open = element.text_property(sema::TypeKind::window);
  const Value* given_zone = element.text_property(sema::TypeKind::zone);
  const std::string zone = given_zone == nullptr ? "UTC" : given_zone->text();
  const auto time = local_time(zone, *test.at);
  if (!time) {
    sink.report(
        diag::unknown_moment, expectation.span, fmt::format("the time in {}", zone),
        "this machine's time zone database does not have one of the zones, or clocks skip the moment");
    return;
  }
  const bool is_open = open != nullptr && parse_window(open->text())->is_open(time->day, time->minute);
  const std::string actual = is_open ? "open" : "closed";
  const bool equal = actual == expectation.value.text();
  if (equal == (expectation.comparison == Comparison::equal)) return;
  report_failed(expectation, actual, sink)
      .note(fmt::format("it is {} in {}, and the window is {}", to_string(*time), zone,
                        open == nullptr ? "not set" : spell(*open)));
}

}  // namespace

const Runner::Judgement& Runner::judge(const sema::Pipeline& pipeline, Day day) {
  const auto [slot, is_new] = judgements_.try_emplace({&pipeline, day});
  if (!is_new) return slot->second;
  std::vector<Diagnostic>& findings = slot->second.findings;
  if (const auto own = found_.find(&pipeline); own != found_.end()) findings = own->second;
  // What is not understood is not judged.
  if (std::any_of(findings.begin(), findings.end(), is_error)) return slot->second;
  rules::Policy policy;
  const auto [year, month, day_of_month] = day;
  if (year != 0) {
    policy.today = ast::DateExpr{static_cast<int16_t>(year), static_cast<uint8_t>(month),
                                 static_cast<uint8_t>(day_of_month)};
  }
  DiagnosticSink sink;
  rules::run(model_, pipeline, policy, sink);
  for (Diagnostic& finding : sink.sorted())
    findings.push_back(std::move(finding));
  DiagnosticSink reported_before;
  const rules::Prepared prepared(model_, pipeline, policy, reported_before);
  slot->second.conformance = rules::judge(prepared.context());
  return slot->second;
}

std::vector<Diagnostic> Runner::errors() {
  std::vector<Diagnostic> errors;
  const auto add = [&](const sema::Pipeline& pipeline) {
    const bool expected = std::any_of(model_.tests.begin(), model_.tests.end(),
                                      [&](const Test& test) { return is_judged_by(test, pipeline); });
    if (expected) return;
    for (const Diagnostic& finding : judge(pipeline, {}).findings) {
      if (is_error(finding)) errors.push_back(finding);
    }
  };
  for (const auto& pipeline : model_.pipelines)
    add(*pipeline);
  for (const auto& pipeline : model_.tested) {
    if (!found_.contains(pipeline.get())) add(*pipeline);
  }
  return errors;
}

std::vector<Diagnostic> Runner::unexpected_errors(const Test& test) {
  const auto own = found_.find(test.pipeline);
  if (own == found_.end()) return {};
  // What the rules find is judged by the test when it looks at findings or at a grade.
  const bool mistakes = std::any_of(own->second.begin(), own->second.end(), is_error);
  if (!mistakes && is_judged_by(test, *test.pipeline)) return {};
  std::vector<Diagnostic> errors;
  for (const Diagnostic& finding : judge(*test.pipeline, {}).findings) {
    if (is_error(finding) && !expects(test, finding.code)) errors.push_back(finding);
  }
  return errors;
}

std::vector<Diagnostic> Runner::run(const Test& test) {
  DiagnosticSink sink;
  for (const Expectation& expectation : test.expectations) {
    // Where no route runs, what is wrong with the first expectation is wrong with all.
    const bool said = test.route == nullptr && !sink.empty();
    if (!said || is_of_the_file(expectation.subject)) check(expectation, test, sink);
  }
  std::vector<Diagnostic> failures = unexpected_errors(test);
  for (Diagnostic& failure : sink.sorted())
    failures.push_back(std::move(failure));
  return failures;
}

void Runner::check(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  if (expectation.subject == Subject::findings) {
    check_findings(expectation, test, sink);
    return;
  }
  if (expectation.subject == Subject::grade) {
    check_grade(expectation, test, sink);
    return;
  }
  if (test.route == nullptr) {
    if (expectation.subject == Subject::route) {
      check_value(expectation, sema::make_value({}, sema::MemberValue{"none", nullptr}), sink);
    } else {
      sink.report(diag::nothing_started, expectation.span, describe(test.event), expectation.text);
    }
    return;
  }
  switch (expectation.subject) {
    case Subject::order:
      check_order(expectation, test, sink);
      break;
    case Subject::property:
      check_property(expectation, test, sink);
      break;
    case Subject::window:
      check_window(expectation, test, sink);
      break;
    case Subject::critical_path:
    case Subject::typical_path:
      check_time(expectation, test, sink);
      break;
    default:
      check_value(expectation, fact(test, expectation.subject), sink);
      break;
  }
}

std::optional<Runner::Day> Runner::day_of(const Expectation& expectation, const Test& test,
                                          DiagnosticSink& sink) {
  if (!test.at) return Day{};
  const auto utc = day_in_utc(*test.at);
  if (!utc) {
    report_unknown_moment(expectation, *test.at, "UTC", sink);
    return std::nullopt;
  }
  return Day{static_cast<int>(utc->year()), static_cast<int>(static_cast<unsigned>(utc->month())),
             static_cast<int>(static_cast<unsigned>(utc->day()))};
}

void Runner::check_findings(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  const auto day = day_of(expectation, test, sink);
  if (!day) return;
  std::vector<Value> codes;
  const std::vector<Diagnostic>& found = judge(*test.pipeline, *day).findings;
  for (const Diagnostic& finding : found) {
    const bool known = std::any_of(codes.begin(), codes.end(),
                                   [&](const Value& code) { return code.text() == finding.code; });
    if (!known) codes.push_back(sema::make_value({}, sema::ReferenceValue{sema::Space::rule, finding.code}));
  }
  const Value actual = sema::make_list({}, std::move(codes));
  if (holds(actual, expectation.comparison, expectation.value, true)) return;
  auto report = report_failed(expectation, spell(actual), sink);
  if (expectation.comparison == Comparison::equal) report.note(difference(actual, expectation.value));
  constexpr size_t most_shown = 5;
  for (size_t i = 0; i < std::min(found.size(), most_shown); ++i)
    report.label(found[i].span, fmt::format("{}: {}", found[i].code, found[i].message));
}

void Runner::check_grade(const Expectation& expectation, const Test& test, DiagnosticSink& sink) {
  const auto day = day_of(expectation, test, sink);
  if (!day) return;
  for (const rules::Clause& clause : judge(*test.pipeline, *day).conformance.clauses) {
    if (clause.rule->code != expectation.rule) continue;
    const std::string_view actual = sema::grades.at(static_cast<size_t>(clause.grade));
    const bool equal = actual == expectation.value.text();
    if (equal == (expectation.comparison == Comparison::equal)) return;
    auto report = report_failed(expectation, std::string(actual), sink);
    for (const rules::Evidence& evidence : clause.evidence) {
      const std::string why = evidence.because.empty() ? "" : ": " + evidence.because;
      report.label(evidence.at, fmt::format("{} is {}{}", evidence.what, to_string(evidence.grade), why));
    }
    if (clause.exemption != nullptr) report.label(clause.exemption->head, "covered here");
    if (!clause.missing.empty()) report.label(clause.at, clause.missing);
    return;
  }
}

// On every target that the pipeline is compiled to when none is named.
void Runner::check_time(const Expectation& expectation, const Test& test, DiagnosticSink& sink) const {
  std::vector<std::string> failed;
  for (const sema::Target* target : model_.targets) {
    const bool meant = expectation.target == nullptr
                           ? sema::left_out_for(model_, *test.pipeline, *target).empty()
                           : expectation.target == target;
    if (!meant) continue;
    DiagnosticSink reported_before;
    const sema::Schedule schedule = sema::schedule(*test.route, *target, reported_before);
    const Duration time =
        expectation.subject == Subject::typical_path ? schedule.typical : schedule.guaranteed;
    const Value actual = sema::make_value({}, time);
    if (holds(actual, expectation.comparison, expectation.value, false)) continue;
    failed.push_back(fmt::format("{} on {}", to_string(time), target->title));
  }
  if (!failed.empty()) report_failed(expectation, join(failed, ", "), sink);
}

}  // namespace pipec::expect
