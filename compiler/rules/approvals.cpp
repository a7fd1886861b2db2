// Production waits for a person, and that person exists on every target.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// Whether an approval of the stage always ends before the element starts.
bool approved_in(const sema::Stage& stage, size_t element) {
  const std::vector<bool> before = stage.order.all_before(element);
  for (size_t other = 0; other < stage.elements.size(); ++other) {
    if (before[other] && stage.elements[other]->is_approval()) return true;
  }
  return false;
}

// Where a route asks for approval of production at all, nothing in production comes before one, and in a
// stage that asks again nothing before that. `told`: stages that are not told again; other routes repeat the
// mistakes of trunk.
void check_first(const Context& context, const sema::Route& route, std::set<std::string>& told) {
  const bool production_asks =
      std::any_of(route.stages.begin(), route.stages.end(),
                  [](const sema::Stage& stage) { return stage.production() && stage.asks(); });
  if (!production_asks) return;
  bool approved = false;
  for (const sema::Stage& stage : route.stages) {
    const bool judged = stage.production() && (!approved || stage.asks());
    for (size_t e = 0; judged && e < stage.elements.size(); ++e) {
      const sema::Element& element = *stage.elements[e];
      if (element.is_approval() || approved_in(stage, e)) continue;
      if (told.insert(stage.name).second)
        context.sink.report(diag::approval_not_first, element.head, element.name, stage.name);
      break;
    }
    approved = approved || stage.asks();
  }
}

// Whether the environment's group is asked before the deployment.
bool asked_before(const sema::Route& route, sema::Route::Position at, const sema::Group& group) {
  for (size_t s = 0; s <= at.stage; ++s) {
    for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
      const sema::Element& element = *route.stages[s].elements[e];
      if (element.is_approval() && element.approvers == &group && route.precedes({s, e}, at)) return true;
    }
  }
  return false;
}

// Who may agree to a deployment is asked, once on trunk for each environment.
void check_asked(const Context& context) {
  const sema::Route& trunk = context.pipeline.trunk();
  std::set<const sema::Environment*> told;
  for (size_t s = 0; s < trunk.stages.size(); ++s) {
    const sema::Environment* environment = trunk.stages[s].environment;
    if (environment == nullptr || environment->approvers == nullptr) continue;
    for (size_t e = 0; e < trunk.stages[s].elements.size(); ++e) {
      const sema::Element& element = *trunk.stages[s].elements[e];
      if (element.kind != ast::ElementKind::deploy || told.contains(environment)) continue;
      if (asked_before(trunk, {s, e}, *environment->approvers)) continue;
      told.insert(environment);
      context.sink
          .report(diag::approvers_not_asked, environment->approvers_span, environment->name, element.id)
          .label(element.head, "waits for nobody of them");
    }
  }
}

// An approval is given by a person: it runs nothing, makes nothing and cannot be passed over.
void check_properties(const Context& context, const sema::Element& approval) {
  for (const std::string_view name :
       {"run", "env", "secrets", "shell", "working_directory", "inputs", "outputs", "attaches_to", "reports",
        "retries", "continue_on_failure", "runtime", "compute", "privileged", "matrix", "max_parallel",
        "per_region", "services", "cache"}) {
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
  std::set<std::string> told;
  check_asked(context);
  for (const sema::Route& route : context.pipeline.routes) {
    check_first(context, route, told);
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
        for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
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
