#include "compiler/rules/conformance.h"

#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;

// What decides which program a command finds and what that does, besides the command itself.
constexpr auto around_the_command =
    std::to_array<std::string_view>({"env", "working_directory", "shell", "tools", "cache", "secrets"});

bool is_set_by_pipeline(const Element& element, std::string_view property) {
  const auto settings = element.settings.find(property);
  return settings != element.settings.end() &&
         std::any_of(settings->second.begin(), settings->second.end(),
                     [](const sema::Setting& setting) { return !setting.by_definition; });
}

// Why the element's definition vouches for nothing; empty when it does.
std::string own_word(const Element& element) {
  if (element.definition == nullptr) return "its command is the pipeline's own";
  const sema::Entity& definition = *element.definition->entity;
  if (!definition.module->standard)
    return fmt::format("the definition `{}` is the team's own", definition.name);
  if (is_set_by_pipeline(element, "run")) return "the pipeline replaces the command of its definition";
  for (const std::string_view property : around_the_command) {
    if (is_set_by_pipeline(element, property)) return fmt::format("the pipeline sets `{}` of it", property);
  }
  if (!element.escape_hatches.empty())
    return fmt::format("{} says itself how it is done on a target", element.escape_hatches.front().by);
  return {};
}

}  // namespace

Evidence evidence_of(const Context& context, const Element& element) {
  Evidence evidence{element.head, fmt::format("`{}`", element.id), Grade::declared, {}};
  if (element.definition != nullptr)
    evidence.what += fmt::format(", by the definition `{}`", element.definition->name);
  // The platform asks for it, and goes on with nothing but a yes.
  if (element.kind == ast::ElementKind::approval) {
    evidence.grade = Grade::enforced;
    return evidence;
  }
  const bool on_workstation =
      std::any_of(context.pipeline.workstation.begin(), context.pipeline.workstation.end(),
                  [&](const sema::Stage& stage) { return stage.find(element.name) == &element; });
  if (on_workstation) {
    evidence.because = "nobody sees whether it runs on a workstation";
  } else if (element.kind == ast::ElementKind::gate && element.continue_on_failure) {
    evidence.because = "the pipeline goes on when it fails";
  } else {
    evidence.because = own_word(element);
  }
  if (evidence.because.empty()) evidence.grade = Grade::enforced;
  const std::vector<Weakness> found = weaknesses(context, element);
  if (found.empty()) return evidence;
  evidence.because = found.front().what;
  evidence.grade = found.front().refutes ? Grade::missing : Grade::declared;
  return evidence;
}

Evidence evidence_of(const Context& context, const sema::Source& source, const sema::Contained& contained) {
  Evidence evidence{source.head, fmt::format("`{}` in the source `{}`", contained.kind->name, source.name),
                    Grade::declared, "nobody looks into the repository for it"};
  if (contained.paths.empty()) return evidence;
  evidence.what += fmt::format(", {}", quoted_list(contained.paths));
  // The file lives in the first source.
  const sema::Checkout& checkout = context.model.checkout;
  if (!checkout.known || &source != &context.pipeline.sources.front()) return evidence;
  const bool all = std::none_of(contained.paths.begin(), contained.paths.end(),
                                [&](const std::string& path) { return checkout.missing.contains(path); });
  evidence.because = all ? "files are there; nobody reads them" : "there are no such files";
  if (!all) evidence.grade = Grade::missing;
  return evidence;
}

Conformance judge(const Context& context, DiagnosticSink& sink) {
  Judge judge(context, sink);
  const sema::Profile* profile = context.pipeline.profile;
  if (profile == nullptr) return {};
  // Times and orders rest on values.
  const bool values = context.model.values_known;
  for (const sema::Role& role : profile->roles) {
    judge_requirements(judge, role);
    if (values) judge_orders(judge, role.orders, &role);
    if (values) judge_budgets(judge, role.budgets, &role);
    if (values) judge_checks(judge, role.checks, &role);
  }
  judge_requirements(judge);
  if (values) judge_orders(judge, profile->orders, nullptr);
  if (values) judge_budgets(judge, profile->budgets, nullptr);
  if (values) judge_checks(judge, profile->checks, nullptr);
  judge.refute();
  return std::move(judge).result();
}

Grade worst(std::span<const Evidence> evidence) {
  if (evidence.empty()) return Grade::missing;
  return std::max_element(evidence.begin(), evidence.end(),
                          [](const Evidence& a, const Evidence& b) { return a.grade < b.grade; })
      ->grade;
}

Grade best(std::span<const Evidence> evidence) {
  if (evidence.empty()) return Grade::missing;
  return std::min_element(evidence.begin(), evidence.end(),
                          [](const Evidence& a, const Evidence& b) { return a.grade < b.grade; })
      ->grade;
}

size_t Conformance::count(Grade grade) const {
  return static_cast<size_t>(
      std::count_if(clauses.begin(), clauses.end(), [&](const Clause& c) { return c.grade == grade; }));
}

Conformance judge(const Context& context) {
  DiagnosticSink unheard;
  return judge(context, unheard);
}

}  // namespace pipec::rules
