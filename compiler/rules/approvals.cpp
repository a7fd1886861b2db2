// Production waits for a person, and that person exists on every target.
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

void check_first(const Context& context, const sema::Stage& stage) {
  const auto is_approval = [](const auto& element) { return element->kind == ast::ElementKind::approval; };
  if (!stage.production() || std::none_of(stage.elements.begin(), stage.elements.end(), is_approval)) return;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    if (is_approval(stage.elements[i])) continue;
    const std::vector<bool> before = stage.order.all_before(i);
    bool approved = false;
    for (size_t j = 0; j < stage.elements.size(); ++j)
      approved = approved || (before[j] && is_approval(stage.elements[j]));
    if (approved) continue;
    context.sink.report(diag::approval_not_first, stage.elements[i]->head, stage.elements[i]->name,
                        stage.name);
    return;
  }
}

}  // namespace

void approvals(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      if (route.kind == sema::RouteKind::trunk || route.kind == sema::RouteKind::hotfix)
        check_first(context, stage);
      for (const auto& element : stage.elements) {
        if (element->kind != ast::ElementKind::approval || !seen.insert(element.get()).second) continue;
        const sema::Group* group = element->approvers;
        if (group == nullptr) {
          auto report =
              context.sink.report(diag::nobody_approves, element->head, element->name, "no group is named");
          if (stage.environment != nullptr) report.label(stage.environment->head, "has no `approvers`");
          continue;
        }
        std::vector<std::string> missing;
        for (const sema::Target* target : context.model.targets) {
          const bool known = group->identities.contains(std::string(target->name));
          if (!target->people.empty() && !known) missing.emplace_back(target->name);
        }
        if (missing.empty()) continue;
        context.sink
            .report(diag::nobody_approves, element->head, element->name,
                    fmt::format("`{}` is not known on {}", group->name, quoted_list(missing)))
            .label(group->span, "the group");
      }
    }
  }
}

}  // namespace pipec::rules
