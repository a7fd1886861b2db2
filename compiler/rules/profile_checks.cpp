// `rule CODE { check = FORM(…) }`: each form is judged by its function, an attestation by the person who
// gives it.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/forms/check.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using forms::Check;

struct Form {
  std::string_view name;
  void (*judge)(Check&);
};

constexpr auto table = std::to_array<Form>({
#define PIPEC_FORM(NAME) {#NAME, forms::NAME},
#include "compiler/rules/forms/forms.def"
#undef PIPEC_FORM
});

void report(Judge& judge, Span at, const std::string& what, const sema::RuleText& rule,
            const std::vector<Label>& labels) {
  auto report = judge.sink().report(diag::rule_broken, at, what, rule.text);
  for (const Label& label : labels)
    report.label(label.span, label.text);
  Judge::finish(report, rule);
}

void judge_attested(Judge& judge, Clause clause) {
  const sema::RuleText& rule = *clause.rule;
  if (const sema::Exemption* word = judge.attestation(rule)) {
    clause.exemption = word;
    clause.at = word->head;
    if (judge.holds(*word, rule)) {
      const Evidence evidence{word->head, fmt::format("the word of `{}`", word->owner->name), Grade::attested,
                              "no file can show it"};
      judge.keep(std::move(clause), {evidence}, Grade::attested);
      return;
    }
    clause.missing = "the attestation does not hold";
    judge.add(std::move(clause));
    return;
  }
  const std::string missing = fmt::format("nobody attests `{}`", rule.code);
  if (!judge.excuse(clause, missing, {}, Fault::broken)) report(judge, clause.at, missing, rule, {});
  judge.add(std::move(clause));
}

Capabilities capabilities_of(const sema::CheckRule& rule) {
  Capabilities all;
  for (const auto& [name, capabilities] : rule.capabilities)
    all.insert(all.end(), capabilities.begin(), capabilities.end());
  return all;
}

void judge_check(Judge& judge, const sema::CheckRule& rule, const sema::Role* role) {
  Clause clause{.rule = &rule.rule, .role = role, .at = judge.pipeline().head};
  const std::string& name = rule.check.as<sema::ConstructedValue>()->constructor;
  if (name == "attested") {
    judge_attested(judge, std::move(clause));
    return;
  }
  const auto* form = std::find_if(table.begin(), table.end(), [&](const Form& f) { return f.name == name; });
  PIPEC_CHECK(form != table.end());
  Check check(judge.context(), rule, role);
  form->judge(check);
  if (check.violations().empty()) {
    const Grade grade = check.evidence().empty() ? Grade::not_applicable : worst(check.evidence());
    if (!check.evidence().empty()) clause.at = check.evidence().front().at;
    if (grade == Grade::missing) {
      clause.evidence = check.evidence();
      if (!judge.excuse(clause, "a command does not do what it claims", capabilities_of(rule), Fault::broken))
        judge.refute_later(clause, rule.rule.text);
      judge.add(std::move(clause));
      return;
    }
    judge.keep(std::move(clause), check.evidence(), grade);
    return;
  }
  clause.evidence = check.evidence();
  clause.at = check.violations().front().at;
  for (const forms::Violation& violation : check.violations()) {
    if (violation.property == "continue_on_failure") judge.tell(violation.element->head);
  }
  std::string missing = check.violations().front().what;
  if (const size_t more = check.violations().size() - 1; more > 0)
    missing += fmt::format(", and {} more", more);
  if (!judge.excuse(clause, std::move(missing), capabilities_of(rule), Fault::broken)) {
    for (const forms::Violation& violation : check.violations()) {
      // A requirement has said so of the element.
      if (judge.is_said_unset(violation.element, violation.property)) continue;
      report(judge, violation.at, violation.what, rule.rule, violation.labels);
    }
  }
  judge.add(std::move(clause));
}

}  // namespace

void judge_checks(Judge& judge, const std::vector<sema::CheckRule>& checks, const sema::Role* role) {
  for (const sema::CheckRule& rule : checks)
    judge_check(judge, rule, role);
}

}  // namespace pipec::rules
