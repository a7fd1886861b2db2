// One event starts one route. Hotfix branches are judged with the hotfix.
#include "compiler/diag/kinds/tests.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/events.h"

namespace pipec::rules {

void one_route(const Context& context) {
  const auto& routes = context.pipeline.routes;
  const auto is_judged = [](const sema::Route& route) {
    return route.kind == sema::RouteKind::trunk || route.kind == sema::RouteKind::other;
  };
  for (size_t i = 0; i < routes.size(); ++i) {
    for (size_t j = i + 1; is_judged(routes[i]) && j < routes.size(); ++j) {
      if (!is_judged(routes[j])) continue;
      const std::string event = sema::common_event(routes[i].trigger, routes[j].trigger);
      if (event.empty()) continue;
      context.sink.report(diag::routes_overlap, routes[j].head, event, routes[j].name)
          .label(routes[i].head, "starts this one");
    }
  }
}

}  // namespace pipec::rules
