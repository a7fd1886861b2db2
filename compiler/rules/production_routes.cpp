// Only trunk and the hotfix reach production; final gates bind every route.
#include "compiler/rules/production_routes.h"

#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/floors.h"
#include "compiler/rules/hotfix/final_gates.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

void report_neighbours(const Context& context, const sema::Route& route) {
  for (const Neighbour& neighbour : neighbours_of_production(context.pipeline, route)) {
    context.sink
        .report(diag::route_beside_production, neighbour.stage->head, route.name,
                neighbour.stage->environment->name, neighbour.production->name)
        .label(neighbour.stage->environment->head, "the same account and region")
        .label(neighbour.production->head, "as production");
  }
}

// A gate of trunk that is final and does not block, and one that only a route makes so.
void report_advisory(const Context& context, const sema::Route& route) {
  for (const sema::Stage& stage : route.stages) {
    for (const auto& element : stage.elements) {
      if (!element->final || !element->continue_on_failure) continue;
      const auto trunk = context.pipeline.trunk().find(element->id);
      const bool judged_as_change = trunk && context.pipeline.trunk().at(*trunk).final;
      if (route.kind != sema::RouteKind::trunk && judged_as_change) continue;
      const auto mark = route.marked_final.find(element->id);
      context.sink
          .report(diag::final_gate_not_blocking, element->property_span("continue_on_failure"), element->id)
          .label(mark == route.marked_final.end() ? element->head : mark->second, "declared final here");
    }
  }
}

}  // namespace

std::vector<Neighbour> neighbours_of_production(const sema::Pipeline& pipeline, const sema::Route& route) {
  std::vector<Neighbour> found;
  for (const sema::Stage& stage : route.stages) {
    if (stage.environment == nullptr || stage.environment->production) continue;
    const bool changes = std::any_of(stage.elements.begin(), stage.elements.end(),
                                     [](const auto& element) { return element->may_change(); });
    if (!changes) continue;
    for (const auto& environment : pipeline.environments) {
      if (!environment->production || !is_same_place(*environment, *stage.environment)) continue;
      found.push_back({&stage, environment.get()});
      break;
    }
  }
  return found;
}

void production_routes(const Context& context) {
  check_declared_gates(context, context.pipeline.trunk());
  for (const sema::Route& route : context.pipeline.routes) {
    report_advisory(context, route);
    if (route.kind != sema::RouteKind::backfill) keep_floors(context, route);
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
    if (!reached) check_declared_gates(context, route);
    report_neighbours(context, route);
  }
}

}  // namespace pipec::rules
