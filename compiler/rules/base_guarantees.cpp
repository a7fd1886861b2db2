// What a base promises holds in its heirs, on the workstation too: its final gates guard, and no threshold
// goes below its floors.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {
namespace {

void keep_floors(const Context& context, const sema::Route& base, const sema::Route& route) {
  for (const sema::Stage& stage : base.stages) {
    for (const auto& original : stage.elements) {
      const auto now = route.find(original->id);
      if (!original->floor || !now) continue;
      const sema::Element& heir = route.at(*now);
      if (heir.floor && *heir.floor <= *original->floor) continue;
      context.sink
          .report(diag::heir_lowers_floor, heir.property_span("floor"), heir.id,
                  sema::severities[*original->floor])
          .label(original->property_span("floor"), "the floor of the base");
    }
  }
}

sema::Route workstation_of(const sema::Pipeline& pipeline) {
  sema::Route route;
  route.head = pipeline.head;
  route.stages = pipeline.workstation;
  return route;
}

}  // namespace

void base_guarantees(const Context& context) {
  const sema::Route& trunk = context.pipeline.trunk();
  const sema::Route workstation = workstation_of(context.pipeline);
  for (const sema::Pipeline* base = context.pipeline.base.get(); base != nullptr; base = base->base.get()) {
    check_final_gates(context, base->trunk(), trunk, true);
    keep_floors(context, base->trunk(), trunk);
    const sema::Route of_base = workstation_of(*base);
    check_final_gates_stay(context, of_base, workstation);
    keep_floors(context, of_base, workstation);
  }
}

}  // namespace pipec::rules
