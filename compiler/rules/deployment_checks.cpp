// A check of an environment waits for the deployments to it, or stands before them.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <set>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Stage;

struct Deployment {
  size_t index = 0;
  // For every node of the stage whether it always ends before the deployment starts.
  std::vector<bool> before;
};

std::vector<Deployment> deployments_of(const Stage& stage) {
  std::vector<Deployment> found;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    if (stage.elements[i]->kind == ast::ElementKind::deploy) found.push_back({i, stage.order.all_before(i)});
  }
  return found;
}

// A final gate of a base, or of trunk: H1 asks whether it still waits.
bool is_kept_by_h1(const Context& context, const sema::Route& route, const Element& check) {
  if (!check.final) return false;
  if (route.kind != sema::RouteKind::trunk) return context.pipeline.trunk().find(check.id).has_value();
  const sema::Pipeline* base = context.pipeline.base.get();
  while (base != nullptr && !base->declared().find(check.id))
    base = base->base.get();
  return base != nullptr;
}

}  // namespace

void deployment_checks(const Context& context) {
  std::set<const Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const Stage& stage : route.stages) {
      if (stage.environment == nullptr) continue;
      const std::vector<Deployment> deployments = deployments_of(stage);
      for (size_t i = 0; !deployments.empty() && i < stage.elements.size(); ++i) {
        const Element& check = *stage.elements[i];
        if (!check.checks() || is_kept_by_h1(context, route, check) || !seen.insert(&check).second) continue;
        const std::vector<bool> before = stage.order.all_before(i);
        for (const Deployment& deployment : deployments) {
          if (before[deployment.index] || deployment.before[i]) continue;
          const Element& element = *stage.elements[deployment.index];
          context.sink
              .report(diag::check_before_deployment, check.head, check.name, stage.environment->name,
                      element.name)
              .label(element.head, "may still run");
          break;
        }
      }
    }
  }
}

}  // namespace pipec::rules
