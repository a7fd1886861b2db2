// Only trunk and the hotfix reach production; final gates bind every other route too.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/rules.h"

#include <fmt/core.h>

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
    bool reached = false;
    for (const sema::Stage& stage : route.stages) {
      if (!stage.production()) continue;
      reached = true;
      auto report = context.sink.report(diag::route_reaches_production, route.head, route.name, stage.name);
      report.label(stage.head, "plays a production role");
      if (route.trigger.tags.empty()) {
        report.note("leave the stage out of its `stages`, or let a `hotfix` do what cannot wait for trunk");
      } else {
        report.note(
            fmt::format("a release that starts on a tag is trunk itself: `route trunk {{ tags = \"{}\" }}`",
                        route.trigger.tags.front()));
        // One that is called trunk already cannot be there twice.
        const bool has_trunk = context.pipeline.trunk().head != context.pipeline.head;
        const auto begin = static_cast<uint32_t>(route.head.end - route.name.size());
        if (!has_trunk) report.replace({route.head.source, begin, route.head.end}, "trunk");
      }
    }
    // A route that may not be there owes no gates.
    if (!reached) check_final_gates(context, context.pipeline.trunk(), route, false);
  }
}

}  // namespace pipec::rules
