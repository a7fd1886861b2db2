#include "compiler/rules/floors.h"

#include "compiler/diag/kinds/routes.h"

namespace pipec::rules {
namespace {

template <class Binds>
void check(const Context& context, const sema::Route& origin, const sema::Route& route,
           std::string_view whose, Binds&& binds) {
  for (const sema::Stage& stage : origin.stages) {
    for (const auto& original : stage.elements) {
      const auto now = route.find(original->id);
      if (!original->floor || !now) continue;
      const sema::Element& derived = route.at(*now);
      const bool kept = derived.floor && *derived.floor <= *original->floor;
      if (kept || !binds(*original, derived)) continue;
      context.sink
          .report(diag::floor_lowered, derived.property_span("floor"), derived.id,
                  sema::severities[*original->floor], whose)
          .label(original->property_span("floor"), fmt::format("the floor of {}", whose));
    }
  }
}

}  // namespace

void keep_floors_of_base(const Context& context, const sema::Route& base, const sema::Route& route) {
  check(context, base, route, "the base", [](const auto&, const auto&) { return true; });
}

const sema::Route& origin_of_floors(const sema::Pipeline& pipeline, const sema::Route& route) {
  return route.kind == sema::RouteKind::hotfix ? pipeline.trunk() : pipeline.declared();
}

void keep_floors(const Context& context, const sema::Route& route) {
  check(context, origin_of_floors(context.pipeline, route), route, "the pipeline",
        [](const sema::Element& original, const sema::Element& derived) {
          return original.head == derived.head && original.use == derived.use;
        });
}

}  // namespace pipec::rules
