// The pipeline holds what its profile requires and recommends, and nothing that it forbids.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Capability;
using sema::Element;
using sema::Requirement;
using sema::Role;

bool holds(const std::vector<const Capability*>& owned, const Requirement& requirement) {
  return std::any_of(owned.begin(), owned.end(), [&](const Capability* capability) {
    return std::any_of(requirement.alternatives.begin(), requirement.alternatives.end(),
                       [&](const Capability* wanted) { return capability->is(*wanted); });
  });
}

std::vector<const Capability*> contained(const sema::Pipeline& pipeline) {
  std::vector<const Capability*> all;
  for (const sema::Source& source : pipeline.sources)
    all.insert(all.end(), source.contains.begin(), source.contains.end());
  return all;
}

bool applies(const sema::Pipeline& pipeline, const Requirement& requirement) {
  if (!requirement.when || requirement.when->contained == nullptr) return true;
  const auto sources = contained(pipeline);
  return std::find(sources.begin(), sources.end(), requirement.when->contained) != sources.end();
}

std::vector<const Element*> fulfilling(const std::vector<const sema::Stage*>& stages,
                                       const Requirement& requirement) {
  std::vector<const Element*> found;
  for (const sema::Stage* stage : stages) {
    for (const auto& element : stage->elements) {
      if (holds(element->capabilities, requirement)) found.push_back(element.get());
    }
  }
  return found;
}

class Judge {
 public:
  explicit Judge(const Context& context)
      : context_(context), pipeline_(context.pipeline), profile_(*pipeline_.profile) {}

  void role(const Role& role) {
    const auto stages = stages_of(pipeline_, role);
    if (stages.empty() && !role.sources) {
      missing_stage(role);
      return;
    }
    for (const Requirement& requirement : role.requirements) {
      if (applies(pipeline_, requirement)) judge(requirement, &role, stages);
    }
  }

  void whole(const Requirement& requirement) {
    std::vector<const sema::Stage*> stages;
    for (const sema::Stage& stage : pipeline_.trunk().stages)
      stages.push_back(&stage);
    if (applies(pipeline_, requirement)) judge(requirement, nullptr, stages);
  }

 private:
  // What a missing stage of the role would have to hold.
  std::vector<std::string> wanted(const Role& role, bool suggested) {
    std::vector<std::string> names;
    for (const Requirement& requirement : role.requirements) {
      const bool asked = requirement.rule.level == sema::Level::required &&
                         requirement.rule.suggested == suggested && applies(pipeline_, requirement) &&
                         !is_exempt(context_, requirement.rule, &role, requirement.alternatives);
      if (asked)
        names.push_back(
            fmt::format("{} ({})", requirement.alternatives.front()->name, requirement.rule.code));
    }
    return names;
  }

  // One finding that lists what the stage should hold, instead of one for each. Where the architecture
  // requires nothing it is as mild as the profile's own suggestions.
  void missing_stage(const Role& role) {
    const auto required = wanted(role, false);
    const auto suggested = required.empty() ? wanted(role, true) : std::vector<std::string>{};
    if (required.empty() && suggested.empty()) return;
    auto report = context_.sink.report(diag::missing_stage, pipeline_.head, pipeline_.name, role.title);
    if (required.empty()) {
      report.severity(Severity::warning);
      report.note(fmt::format("the profile `{}` suggests in it {}; {} gives no level", profile_.name,
                              quoted_list(suggested, "and", suggested.size()), profile_.origin));
    } else {
      report.note(fmt::format("{} requires in it {}", profile_.origin,
                              quoted_list(required, "and", required.size())));
    }
    report.fix(fmt::format("add `stage {} {{ … }}`", role.name), {});
  }

  void judge(const Requirement& requirement, const Role* role,
             const std::vector<const sema::Stage*>& stages) {
    const auto kind = requirement.alternatives.front()->kind;
    const bool source = kind == ast::CapabilityKind::source;
    const bool metric = kind == ast::CapabilityKind::metric;
    const auto elements = fulfilling(stages, requirement);
    const bool held = source   ? holds(contained(pipeline_), requirement)
                      : metric ? holds(pipeline_.metrics, requirement)
                               : !elements.empty();
    const sema::RuleText& rule = requirement.rule;
    if (rule.level == sema::Level::forbidden) {
      for (const Element* element : elements) {
        if (is_exempt(context_, rule, role, requirement.alternatives)) return;
        finish(context_.sink.report(diag::forbidden_element, element->head, element->id, rule.text), rule);
      }
      return;
    }
    if (!held) {
      if (is_exempt(context_, rule, role, requirement.alternatives)) return;
      std::string where = fmt::format("pipeline `{}`", pipeline_.name);
      Span at = pipeline_.head;
      if (source && !pipeline_.sources.empty()) {
        where = fmt::format("source `{}`", pipeline_.sources.front().name);
        at = pipeline_.sources.front().head;
      } else if (role != nullptr && !stages.empty()) {
        where = fmt::format("stage `{}`", stages.front()->name);
        at = stages.front()->head;
      }
      finish(context_.sink.report(diag::requirement_missing, at, where, rule.title, rule.text), rule);
      return;
    }
    check_properties(requirement, role, elements);
  }

  void check_properties(const Requirement& requirement, const Role* role,
                        const std::vector<const Element*>& elements) {
    if (requirement.with.empty() || elements.empty()) return;
    std::vector<std::string> missing;
    for (const std::string_view name : requirement.with) {
      const bool set = std::any_of(elements.begin(), elements.end(),
                                   [&](const Element* element) { return element->settings.contains(name); });
      if (!set) missing.emplace_back(name);
    }
    if (missing.empty() || is_exempt(context_, requirement.rule, role, requirement.alternatives)) return;
    finish(context_.sink.report(diag::requirement_property, elements.front()->head, elements.front()->id,
                                quoted_list(missing), requirement.rule.text),
           requirement.rule);
  }

  const Context& context_;
  const sema::Pipeline& pipeline_;
  const sema::Profile& profile_;
};

}  // namespace

void profile_requirements(const Context& context) {
  if (context.pipeline.profile == nullptr) return;
  Judge judge(context);
  for (const Role& role : context.pipeline.profile->roles)
    judge.role(role);
  for (const Requirement& requirement : context.pipeline.profile->requirements)
    judge.whole(requirement);
}

}  // namespace pipec::rules
