#include "compiler/rules/hotfix/approvers.h"

#include "compiler/support/text.h"

#include <set>
#include <string>

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

bool approved_as_in_trunk(const Context& context, const Element& approval, const Element& deployment) {
  const Route& trunk = context.pipeline.trunk();
  std::set<std::string> groups;
  const Element* original = nullptr;
  for (size_t s = 0; s < trunk.stages.size(); ++s) {
    for (size_t e = 0; e < trunk.stages[s].elements.size(); ++e) {
      const Element& element = *trunk.stages[s].elements[e];
      if (element.kind != ast::ElementKind::approval || element.approvers == nullptr) continue;
      if (element.id == approval.id) original = &element;
      if (trunk.stages[s].production()) groups.emplace(element.approvers->name);
    }
  }
  const std::string group(approval.approvers->name);
  // An approval of trunk keeps its group; a new one takes one of those that production has.
  const bool known =
      original != nullptr ? original->approvers->name == group : groups.empty() || groups.contains(group);
  if (known) return true;
  const std::vector<std::string> allowed(groups.begin(), groups.end());
  auto report =
      context.sink.report(diag::approvers_of_hotfix, approval.property_span("approvers"), approval.id, group,
                          original != nullptr ? original->approvers->name : join(allowed, ", "));
  report.label(deployment.head, "would be approved by them");
  if (original != nullptr) report.label(original->property_span("approvers"), "the approval of trunk");
  return false;
}

}  // namespace pipec::rules
