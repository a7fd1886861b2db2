// What a base promises holds in its heirs: its final gates guard, and no threshold goes below its floors.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {
namespace {

void keep_floors(const Context& context, const sema::Route& base) {
  const sema::Route& trunk = context.pipeline.trunk();
  for (const sema::Stage& stage : base.stages) {
    for (const auto& original : stage.elements) {
      const auto now = trunk.find(original->id);
      if (!original->floor || !now) continue;
      const sema::Element& heir = trunk.at(*now);
      if (heir.floor && *heir.floor <= *original->floor) continue;
      context.sink
          .report(diag::heir_lowers_floor, heir.property_span("floor"), heir.id,
                  sema::severities[*original->floor])
          .label(original->property_span("floor"), "the floor of the base");
    }
  }
}

}  // namespace

void base_guarantees(const Context& context) {
  for (const sema::Pipeline* base = context.pipeline.base.get(); base != nullptr; base = base->base.get()) {
    check_final_gates(context, base->trunk(), context.pipeline.trunk(), true);
    keep_floors(context, base->trunk());
  }
}

}  // namespace pipec::rules
