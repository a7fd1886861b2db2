// Only trunk and the hotfix reach production; final gates bind every other route too.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {

void production_routes(const Context& context) {
  for (const sema::Stage& stage : context.pipeline.trunk().stages) {
    for (const auto& element : stage.elements) {
      if (!element->final || !element->continue_on_failure) continue;
      context.sink
          .report(diag::final_gate_not_blocking, element->property_span("continue_on_failure"), element->id)
          .label(element->head, "declared final here");
    }
  }
  for (const sema::Route& route : context.pipeline.routes) {
    if (route.kind != sema::RouteKind::other) continue;
    for (const sema::Stage& stage : route.stages) {
      if (!stage.production()) continue;
      context.sink.report(diag::route_reaches_production, route.head, route.name, stage.name)
          .label(stage.head, "plays a production role");
    }
    check_final_gates(context, context.pipeline.trunk(), route, false);
  }
}

}  // namespace pipec::rules
