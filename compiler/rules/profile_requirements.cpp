// The pipeline holds what its profile requires and recommends, and nothing that it forbids.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/sema/removal.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Capability;
using sema::Element;
using sema::Requirement;
using sema::Role;
using Stages = std::vector<const sema::Stage*>;

bool is_wanted(const Capability& capability, const Requirement& requirement) {
  return std::any_of(requirement.alternatives.begin(), requirement.alternatives.end(),
                     [&](const Capability* wanted) { return capability.is(*wanted); });
}

bool applies(const sema::Pipeline& pipeline, const Requirement& requirement) {
  if (!requirement.when || requirement.when->contained == nullptr) return true;
  return std::any_of(pipeline.sources.begin(), pipeline.sources.end(), [&](const sema::Source& source) {
    return std::any_of(source.contains.begin(), source.contains.end(), [&](const sema::Contained& contained) {
      return contained.kind == requirement.when->contained;
    });
  });
}

std::vector<const Element*> fulfilling(const Stages& stages, const Requirement& requirement) {
  std::vector<const Element*> found;
  for (const sema::Stage* stage : stages) {
    for (const auto& element : stage->elements) {
      if (std::any_of(element->capabilities.begin(), element->capabilities.end(),
                      [&](const Capability* owned) { return is_wanted(*owned, requirement); }))
        found.push_back(element.get());
    }
  }
  return found;
}

std::vector<const Element*> elements_of(const Stages& stages) {
  std::vector<const Element*> found;
  for (const sema::Stage* stage : stages) {
    for (const auto& element : stage->elements)
      found.push_back(element.get());
  }
  return found;
}

std::vector<Evidence> evidence(const Context& context, const Requirement& requirement,
                               const std::vector<const Element*>& elements) {
  const sema::Pipeline& pipeline = context.pipeline;
  std::vector<Evidence> found;
  const auto kind = requirement.alternatives.front()->kind;
  if (kind == ast::CapabilityKind::source) {
    for (const sema::Source& source : pipeline.sources) {
      for (const sema::Contained& contained : source.contains) {
        if (is_wanted(*contained.kind, requirement)) found.push_back(evidence_of(context, source, contained));
      }
    }
  } else if (kind == ast::CapabilityKind::metric) {
    for (const Capability* metric : pipeline.metrics) {
      if (is_wanted(*metric, requirement))
        found.push_back({pipeline.head, fmt::format("`{}` in `metrics`", metric->name), Grade::enforced, {}});
    }
  } else {
    for (const Element* element : elements) {
      found.push_back(evidence_of(context, *element));
      // What stops nothing keeps nothing.
      if (element->kind == ast::ElementKind::gate && element->continue_on_failure)
        found.back().grade = Grade::missing;
    }
  }
  return found;
}

// Points at what leaves out elements that a base has, and offers to take it back: `wanted` gives those of one
// of the bases. False when nothing does.
template <class Wanted>
bool label_skips(DiagnosticBuilder& report, const sema::Pipeline& pipeline, const Wanted& wanted) {
  std::set<std::string_view> names;
  for (const sema::Pipeline* base = pipeline.base.get(); base != nullptr; base = base->base.get()) {
    for (const Element* element : wanted(*base))
      names.insert(element->id);
  }
  std::set<std::pair<SourceId, uint32_t>> labelled;
  for (const auto* changes : {&pipeline.changes, &pipeline.trunk().changes}) {
    for (const sema::Change& change : *changes) {
      const bool skips = change.kind == sema::ChangeKind::skipped && names.contains(change.element);
      if (skips && labelled.emplace(change.span.source, change.span.begin).second)
        report.label(change.span, "left out here");
      if (skips && labelled.size() == 1) sema::offer_removal(report, pipeline, change.span);
    }
  }
  return !labelled.empty();
}

Clause clause_of(const Judge& judge, const Requirement& requirement, const Role* role, const Stages& stages) {
  Clause clause{.rule = &requirement.rule, .role = role, .at = judge.pipeline().head};
  const bool source = requirement.alternatives.front()->kind == ast::CapabilityKind::source;
  if (source && !judge.pipeline().sources.empty()) {
    clause.at = judge.pipeline().sources.front().head;
  } else if (!source && role != nullptr && !stages.empty()) {
    clause.at = stages.front()->head;
  }
  return clause;
}

// Where it should be, in words.
std::string place(const Judge& judge, const Requirement& requirement, const Role* role,
                  const Stages& stages) {
  const bool source = requirement.alternatives.front()->kind == ast::CapabilityKind::source;
  if (source && !judge.pipeline().sources.empty())
    return fmt::format("source `{}`", judge.pipeline().sources.front().name);
  return place_of(judge.pipeline(), source || role == nullptr || stages.empty() ? nullptr : stages.front());
}

void judge_forbidden(Judge& judge, Clause clause, const Requirement& requirement,
                     const std::vector<const Element*>& elements) {
  if (elements.empty()) {
    const Evidence nothing{clause.at, "nothing of the kind is there", Grade::enforced, {}};
    judge.keep(std::move(clause), {nothing}, Grade::enforced);
    return;
  }
  for (const Element* element : elements) {
    clause.at = element->head;
    if (judge.excuse(clause, fmt::format("`{}` must not be here", element->id), requirement.alternatives,
                     Fault::flawed))
      continue;
    Judge::finish(
        judge.sink().report(diag::forbidden_element, element->head, element->id, requirement.rule.text),
        requirement.rule);
  }
  judge.add(std::move(clause));
}

// Properties that the requirement asks for and no element sets.
std::vector<std::string> unset(const Requirement& requirement, const std::vector<const Element*>& elements) {
  std::vector<std::string> missing;
  for (const std::string_view name : requirement.with) {
    const bool set = std::any_of(elements.begin(), elements.end(),
                                 [&](const Element* element) { return element->settings.contains(name); });
    if (!set && !elements.empty()) missing.emplace_back(name);
  }
  return missing;
}

void judge_requirement(Judge& judge, const Requirement& requirement, const Role* role, const Stages& stages) {
  const sema::RuleText& rule = requirement.rule;
  const auto elements = fulfilling(stages, requirement);
  Clause clause = clause_of(judge, requirement, role, stages);
  if (!applies(judge.pipeline(), requirement)) {
    clause.grade = Grade::not_applicable;
    judge.add(std::move(clause));
    return;
  }
  if (rule.level == sema::Level::forbidden) {
    judge_forbidden(judge, std::move(clause), requirement, elements);
    return;
  }
  auto found = evidence(judge.context(), requirement, elements);
  if (found.empty()) {
    const std::string where = place(judge, requirement, role, stages);
    const Fault fault = may_not_apply(requirement) ? Fault::absent : Fault::broken;
    if (!judge.excuse(clause, fmt::format("{} has no {}", where, rule.title), requirement.alternatives,
                      fault)) {
      auto report = judge.sink().report(diag::requirement_missing, clause.at, where, rule.title, rule.text);
      const bool skipped = label_skips(report, judge.pipeline(), [&](const sema::Pipeline& base) {
        return fulfilling(stages_of(base, role), requirement);
      });
      // What was left out cannot be added again.
      if (skipped) {
        Judge::rate(report, rule);
      } else {
        Judge::finish(report, rule);
      }
    }
    judge.add(std::move(clause));
    return;
  }
  const auto missing = unset(requirement, elements);
  if (best(found) == Grade::missing) {
    const Evidence& first = found.front();
    clause.at = first.at;
    clause.evidence = found;
    if (!judge.excuse(clause, fmt::format("{}: {}", first.what, first.because), requirement.alternatives,
                      Fault::flawed))
      judge.refute_later(clause, rule.title);
    judge.add(std::move(clause));
    return;
  }
  if (missing.empty()) {
    const Grade grade = best(found);
    judge.keep(std::move(clause), std::move(found), grade);
    return;
  }
  const Element& element = *elements.front();
  clause.at = element.head;
  clause.evidence = std::move(found);
  const std::string names = quoted_list(missing);
  if (!judge.excuse(clause, fmt::format("`{}` does not set {}", element.id, names), requirement.alternatives,
                    Fault::flawed)) {
    Judge::finish(judge.sink().report(diag::requirement_property, element.head, element.id, names, rule.text),
                  rule);
    for (const std::string& property : missing)
      judge.said_unset(elements, property);
  }
  judge.add(std::move(clause));
}

// The stage that may be meant for the role: it plays none, and goes to an environment of the role's name, or
// is called nearly like it.
const sema::Stage* stage_without_role(const sema::Pipeline& pipeline, const Role& role) {
  const std::vector<std::string_view> wanted{role.name};
  for (const sema::Stage& stage : pipeline.trunk().stages) {
    const bool goes_there = stage.environment != nullptr && stage.environment->name == role.name;
    if (stage.role == nullptr && (goes_there || nearest(stage.name, wanted))) return &stage;
  }
  return nullptr;
}

// What the missing stage would have to hold. Where the architecture requires nothing it is as mild as the
// profile's own suggestions.
void report_missing_stage(Judge& judge, const Role& role, const std::vector<std::string>& required,
                          const std::vector<std::string>& suggested) {
  if (required.empty() && suggested.empty()) return;
  const sema::Pipeline& pipeline = judge.pipeline();
  auto report = judge.sink().report(diag::missing_stage, pipeline.head, pipeline.name, role.title);
  label_skips(report, pipeline,
              [&](const sema::Pipeline& base) { return elements_of(stages_of(base, &role)); });
  if (required.empty()) {
    report.severity(Severity::warning);
    report.note(fmt::format("the profile `{}` suggests in it {}; {} gives no level", judge.profile().name,
                            quoted_list(suggested, "and", suggested.size()), judge.profile().origin));
  } else {
    report.note(fmt::format("{} requires in it {}", judge.profile().origin,
                            quoted_list(required, "and", required.size())));
  }
  if (const sema::Stage* meant = stage_without_role(pipeline, role)) {
    report.label(meant->head,
                 fmt::format("this stage plays no role of the profile `{}`", judge.profile().name));
    const std::vector<std::string_view> wanted{role.name};
    report.fix(nearest(meant->name, wanted) ? fmt::format("call it `stage {}`", role.name)
                                            : fmt::format("write `stage {}: {}`", meant->name, role.name),
               {});
    return;
  }
  report.fix(fmt::format("add `stage {} {{ … }}`", role.name), {});
}

// One finding that lists what the stage should hold, instead of one for each.
void judge_missing_stage(Judge& judge, const Role& role) {
  std::vector<std::string> required;
  std::vector<std::string> suggested;
  for (const Requirement& requirement : role.requirements) {
    const sema::RuleText& rule = requirement.rule;
    Clause clause{.rule = &rule, .role = &role, .at = judge.pipeline().head};
    if (!applies(judge.pipeline(), requirement)) {
      clause.grade = Grade::not_applicable;
    } else if (rule.level == sema::Level::forbidden) {
      clause.grade = Grade::enforced;
    } else {
      const std::string missing =
          fmt::format("pipeline `{}` has no stage for the role {}", judge.pipeline().name, role.title);
      const bool excused = judge.excuse(clause, missing, requirement.alternatives, Fault::absent);
      if (!excused && rule.level == sema::Level::required)
        (rule.suggested ? suggested : required)
            .push_back(fmt::format("{} ({})", requirement.alternatives.front()->name, rule.code));
    }
    judge.add(std::move(clause));
  }
  report_missing_stage(judge, role, required, suggested);
}

}  // namespace

bool may_not_apply(const Requirement& requirement) {
  return requirement.rule.level != sema::Level::forbidden &&
         requirement.alternatives.front()->kind != ast::CapabilityKind::metric;
}

void judge_requirements(Judge& judge, const Role& role) {
  const Stages stages = stages_of(judge.pipeline(), &role);
  if (stages.empty() && !role.sources) {
    judge_missing_stage(judge, role);
    return;
  }
  for (const Requirement& requirement : role.requirements)
    judge_requirement(judge, requirement, &role, stages);
}

void judge_requirements(Judge& judge) {
  const Stages stages = stages_of(judge.pipeline(), nullptr);
  for (const Requirement& requirement : judge.profile().requirements)
    judge_requirement(judge, requirement, nullptr, stages);
}

}  // namespace pipec::rules
