// What a base promises holds in its heirs, on the workstation too: its final gates guard, and no threshold
// goes below its floors.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/floors.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/rules.h"

#include <algorithm>

namespace pipec::rules {
namespace {

sema::Route workstation_of(const sema::Pipeline& pipeline) {
  sema::Route route;
  route.head = pipeline.head;
  route.stages = pipeline.workstation;
  return route;
}

const sema::Route* same_route(const sema::Pipeline& base, const sema::Route& route) {
  for (const sema::Route& of_base : base.routes) {
    if (of_base.kind == route.kind && of_base.name == route.name) return &of_base;
  }
  return nullptr;
}

// What the base declares binds every route of its heir; what one of its routes adds to that, the same route.
void keep_gates(const Context& context, const sema::Pipeline& base, const sema::Route& route,
                ReportedGates& reported) {
  const bool trunk = route.kind == sema::RouteKind::trunk;
  check_final_gates(context, base.declared(), route,
                    {.chooses_environments = base.underived.has_value(), .all_stay = trunk}, reported);
  if (trunk) keep_floors_of_base(context, base.declared(), route);
  const sema::Route* of_base = same_route(base, route);
  if (of_base == nullptr || of_base == &base.declared()) return;
  check_final_gates(context, *of_base, route, {}, reported);
  keep_floors_of_base(context, *of_base, route);
}

// Where the pipeline, or what it extends, says `separate` of the environment last; its head for nowhere.
Span separation_of(const sema::Pipeline& pipeline, const std::string& environment) {
  for (const sema::Pipeline* of = &pipeline; of != nullptr; of = of->base.get()) {
    for (const ast::PipelineItem& item : of->node->items) {
      const auto* block = std::get_if<ast::Block>(&item.node);
      if (block == nullptr || block->kind != ast::Block::Kind::environment || block->name.text != environment)
        continue;
      for (const ast::Field& field : block->properties) {
        if (field.key.text == "separate") return field.span;
      }
    }
  }
  return pipeline.head;
}

bool separates(const sema::Pipeline& base, const std::string& environment) {
  return std::any_of(base.environments.begin(), base.environments.end(),
                     [&](const auto& other) { return other->separate && other->name == environment; });
}

void keep_separation(const Context& context) {
  for (const auto& environment : context.pipeline.environments) {
    const sema::Pipeline* base = context.pipeline.base.get();
    while (base != nullptr && !separates(*base, environment->name))
      base = base->base.get();
    if (base == nullptr || environment->separate) continue;
    context.sink.report(diag::separation_lost, separation_of(context.pipeline, environment->name), base->name,
                        environment->name);
  }
}

}  // namespace

void base_guarantees(const Context& context) {
  keep_separation(context);
  const sema::Route workstation = workstation_of(context.pipeline);
  for (const sema::Pipeline* base = context.pipeline.base.get(); base != nullptr; base = base->base.get()) {
    // Every route of the heir is held to what the heir declares.
    keep_floors_of_base(context, base->declared(), context.pipeline.declared());
    ReportedGates reported;
    for (const sema::Route& route : context.pipeline.routes) {
      if (route.kind != sema::RouteKind::backfill) keep_gates(context, *base, route, reported);
    }
    const sema::Route of_base = workstation_of(*base);
    check_final_gates_stay(context, of_base, workstation);
    keep_floors_of_base(context, of_base, workstation);
  }
}

void own_guarantees(const Context& context) {
  base_guarantees(context);
  const sema::Pipeline& base = context.pipeline;
  for (const sema::Route& route : base.routes) {
    if (route.kind == sema::RouteKind::backfill) continue;
    keep_floors(context, route);
    ReportedGates reported;
    if (route.kind == sema::RouteKind::hotfix) {
      check_final_gates(context, base.trunk(), route, {.unknown_owes_all = true}, reported);
    } else {
      check_declared_gates(context, route);
    }
  }
}

}  // namespace pipec::rules
