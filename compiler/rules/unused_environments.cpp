// An environment that no stage goes to is left over.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <algorithm>

namespace pipec::rules {
namespace {

bool mentions(const sema::Value& value, std::string_view environment) {
  const auto* reference = value.as<sema::ReferenceValue>();
  if (reference != nullptr && reference->space == sema::Space::environment)
    return reference->name == environment;
  return std::any_of(value.items().begin(), value.items().end(),
                     [&](const sema::Value& item) { return mentions(item, environment); }) ||
         std::any_of(value.entries().begin(), value.entries().end(),
                     [&](const auto& entry) { return mentions(entry.second, environment); });
}

bool is_used(const sema::Pipeline& pipeline, std::string_view environment) {
  const bool by_stage =
      std::any_of(pipeline.stages.begin(), pipeline.stages.end(),
                  [&](const sema::PlacedStage& stage) { return stage.environment == environment; });
  if (by_stage) return true;
  for (const sema::Route& route : pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      if (stage.environment != nullptr && stage.environment->name == environment) return true;
      for (const auto& element : stage.elements) {
        for (const auto& [name, value] : element->properties) {
          if (mentions(value, environment)) return true;
        }
      }
    }
  }
  return false;
}

bool deploys_nowhere(const sema::Route& route) {
  return std::any_of(route.stages.begin(), route.stages.end(), [](const sema::Stage& stage) {
    return stage.environment == nullptr &&
           std::any_of(stage.elements.begin(), stage.elements.end(),
                       [](const auto& element) { return element->kind == ast::ElementKind::deploy; });
  });
}

}  // namespace

void unused_environments(const Context& context) {
  // What an heir does not use, its base or another heir may.
  if (context.pipeline.base != nullptr) return;
  // The environment of a deployment without one is missing there.
  if (std::any_of(context.pipeline.routes.begin(), context.pipeline.routes.end(), deploys_nowhere)) return;
  for (const auto& environment : context.pipeline.environments) {
    if (!is_used(context.pipeline, environment->name))
      context.sink.report(diag::unused_declaration, environment->head, "environment", environment->name);
  }
}

}  // namespace pipec::rules
