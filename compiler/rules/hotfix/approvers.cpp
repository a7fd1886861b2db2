#include "compiler/rules/hotfix/approvers.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/support/text.h"

#include <set>
#include <string>
#include <vector>

namespace pipec::rules {

using sema::Element;
using sema::Route;

std::vector<const Element*> approvals_before(const Route& route, Route::Position at) {
  std::vector<const Element*> found;
  for (size_t s = 0; s <= at.stage; ++s) {
    for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
      const Element& element = *route.stages[s].elements[e];
      if (element.kind == ast::ElementKind::approval && route.precedes({s, e}, at)) found.push_back(&element);
    }
  }
  return found;
}

namespace {

bool is_same(const sema::Environment* one, const sema::Environment* other) {
  return one == other || (one != nullptr && other != nullptr && is_same_place(*one, *other));
}

// The groups that trunk asks in stages of the environment before it changes it. Without such an approval
// those that it asks anywhere before, and of all of production where trunk does not know the environment.
// They are told apart by identity: modules name their groups independently.
std::set<const sema::Group*> groups_of(const Route& trunk, const sema::Environment* environment) {
  std::set<const sema::Group*> there;
  std::set<const sema::Group*> before;
  std::set<const sema::Group*> all;
  for (size_t s = 0; s < trunk.stages.size(); ++s) {
    const sema::Stage& stage = trunk.stages[s];
    for (size_t e = 0; stage.production() && e < stage.elements.size(); ++e) {
      if (!stage.elements[e]->may_change()) continue;
      for (const Element* approval : approvals_before(trunk, {s, e})) {
        if (approval->approvers == nullptr) continue;
        const sema::Group* group = approval->approvers;
        all.insert(group);
        if (!is_same(stage.environment, environment)) continue;
        before.insert(group);
        const sema::Environment* asked_in = trunk.stages[trunk.find(approval->id)->stage].environment;
        if (is_same(asked_in, environment)) there.insert(group);
      }
    }
  }
  if (!there.empty()) return there;
  return before.empty() ? all : before;
}

bool is_separate(const Route& route, const Element& approval) {
  const auto at = route.find(approval.id);
  const sema::Environment* environment = at ? route.stages[at->stage].environment : nullptr;
  return environment != nullptr && environment->separate;
}

void report_others(const Context& context, const Element& approval,
                   const std::set<const sema::Group*>& groups, const Element& deployment) {
  std::set<std::string> names;
  const sema::Group* namesake = nullptr;
  for (const sema::Group* group : groups) {
    names.emplace(group->name);
    const bool earlier = namesake == nullptr || group->span < namesake->span;
    if (group->name == approval.approvers->name && earlier) namesake = group;
  }
  auto report = context.sink.report(diag::approvers_of_hotfix, approval.property_span("approvers"),
                                    approval.id, approval.approvers->name,
                                    join(std::vector<std::string>(names.begin(), names.end()), ", "));
  report.label(deployment.head, "would be approved by them");
  if (namesake == nullptr) return;
  report.label(approval.approvers->span, "the group of the hotfix");
  report.label(namesake->span, "the group of trunk, another one of the same name");
}

}  // namespace

const Element* approved_as_in_trunk(const Context& context, const Route& hotfix,
                                    const std::vector<const Element*>& approvals, const Element& deployment,
                                    const sema::Environment* environment) {
  const std::set<const sema::Group*> groups = groups_of(context.pipeline.trunk(), environment);
  const Element* by_author = nullptr;
  const Element* by_others = nullptr;
  for (const Element* approval : approvals) {
    if (approval->approvers == nullptr) continue;
    by_others = approval;
    if (!groups.empty() && !groups.contains(approval->approvers)) continue;
    if (environment == nullptr || !environment->separate || is_separate(hotfix, *approval)) return approval;
    by_author = approval;
  }
  if (by_author != nullptr) {
    context.sink.report(diag::approved_by_its_author, by_author->head, by_author->id)
        .label(environment->head, "`separate` is said here")
        .label(deployment.head, "would be approved by them");
  } else if (by_others != nullptr) {
    report_others(context, *by_others, groups, deployment);
  }
  return nullptr;
}

}  // namespace pipec::rules
