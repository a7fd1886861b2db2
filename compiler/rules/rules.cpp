#include "compiler/rules/rules.h"

#include "compiler/sema/cells.h"
#include "compiler/sema/chosen_targets.h"

#include <algorithm>

namespace pipec::rules {
namespace {

std::optional<Heir> heir_of(const sema::Pipeline& pipeline) {
  if (pipeline.base == nullptr) return std::nullopt;
  return Heir{pipeline.name, pipeline.base->name, pipeline.head, pipeline.span};
}

// Another pipeline or base of the file extends it.
bool has_heir(const sema::Model& model, const sema::Pipeline& base) {
  const auto extends = [&](const auto& pipeline) {
    const sema::Pipeline* of = pipeline->base.get();
    while (of != nullptr && of->node != base.node)
      of = of->base.get();
    return of != nullptr;
  };
  return std::any_of(model.pipelines.begin(), model.pipelines.end(), extends) ||
         std::any_of(model.bases.begin(), model.bases.end(), extends);
}

}  // namespace

Prepared::Prepared(const sema::Model& model, const sema::Pipeline& pipeline, const Policy& policy,
                   DiagnosticSink& sink)
    : policy_(policy), context_{model, pipeline, policy_, graphs_, schedules_, sink} {
  const std::vector<const sema::Target*> targets = sema::targets_of(model, pipeline);
  for (const sema::Route& route : pipeline.routes) {
    const sema::Route& graph = graphs_.emplace(&route, sema::expanded(route)).first->second;
    for (const sema::Target* target : targets) {
      schedules_.emplace(std::pair(&route, target), sema::schedule(graph, *target, sink));
    }
  }
}

void run(const sema::Model& model, const sema::Pipeline& pipeline, const Policy& policy,
         DiagnosticSink& sink) {
  const bool elements = model.elements_known;
  const bool values = model.elements_known && model.values_known;
  sink.judge(heir_of(pipeline));
  const Prepared prepared(model, pipeline, policy, sink);
#define PIPEC_RULE(NAME, NEEDS) \
  if (NEEDS) NAME(prepared.context());
#include "compiler/rules/rules.def"
#undef PIPEC_RULE
  sink.judge(std::nullopt);
}

void run(const sema::Model& model, const Policy& policy, DiagnosticSink& sink) {
  for (const auto& pipeline : model.pipelines)
    run(model, *pipeline, policy, sink);
  if (!model.elements_known || !model.values_known) return;
  for (const auto& base : model.bases) {
    if (has_heir(model, *base)) continue;
    const Graphs no_graphs;
    const Schedules no_schedules;
    sink.judge(heir_of(*base));
    own_guarantees({model, *base, policy, no_graphs, no_schedules, sink});
    sink.judge(std::nullopt);
  }
}

}  // namespace pipec::rules
