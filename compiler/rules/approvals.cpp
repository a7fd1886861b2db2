// Production waits for a person, and that person exists on every target.
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// Where production asks for approval at all, nothing in it comes before one.
void check_first(const Context& context, const sema::Route& route) {
  std::vector<sema::Route::Position> approvals;
  bool production_asks = false;
  for (size_t s = 0; s < route.stages.size(); ++s) {
    for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
      if (route.stages[s].elements[e]->kind != ast::ElementKind::approval) continue;
      approvals.push_back({s, e});
      production_asks = production_asks || route.stages[s].production();
    }
  }
  if (!production_asks) return;
  for (size_t s = 0; s < route.stages.size(); ++s) {
    const sema::Stage& stage = route.stages[s];
    for (size_t e = 0; stage.production() && e < stage.elements.size(); ++e) {
      const sema::Element& element = *stage.elements[e];
      const bool approved = std::any_of(approvals.begin(), approvals.end(), [&](sema::Route::Position at) {
        return route.precedes(at, {s, e});
      });
      if (element.kind == ast::ElementKind::approval || approved) continue;
      context.sink.report(diag::approval_not_first, element.head, element.name, stage.name);
      break;
    }
  }
}

// An approval is given by a person: it runs nothing, makes nothing and cannot be passed over.
void check_properties(const Context& context, const sema::Element& approval) {
  for (const std::string_view name :
       {"run", "env", "secrets", "shell", "working_directory", "inputs", "outputs", "reports", "retries",
        "continue_on_failure", "runtime", "compute", "privileged", "matrix", "max_parallel", "per_region",
        "services"}) {
    const auto settings = approval.settings.find(name);
    if (settings != approval.settings.end())
      context.sink.report(diag::approval_property, settings->second.back().span, approval.name, name);
  }
  for (const sema::Setting& hatch : approval.escape_hatches)
    context.sink.report(diag::approval_property, hatch.span, approval.name, "on TARGET");
}

}  // namespace

void approvals(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    if (route.kind == sema::RouteKind::trunk || route.kind == sema::RouteKind::hotfix)
      check_first(context, route);
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (element->kind != ast::ElementKind::approval || !seen.insert(element.get()).second) continue;
        check_properties(context, *element);
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
          const bool left_out =
              !context.model.targets_asked_for && !context.pipeline.missing_setting(*target).empty();
          if (!target->people.empty() && !known && !left_out) missing.emplace_back(target->name);
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
