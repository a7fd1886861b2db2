// A hotfix deploys to production.
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/production_routes.h"
#include "compiler/support/text.h"

#include <algorithm>

namespace pipec::rules {
namespace {

bool deploys_to_production(const sema::Stage& stage, const sema::Element& element) {
  return stage.production() && element.kind == ast::ElementKind::deploy;
}

// The place may have another name.
bool deploys_to_production(const sema::Pipeline& pipeline, const sema::Route& route) {
  const auto deploys = [](const sema::Stage& stage) {
    return std::any_of(stage.elements.begin(), stage.elements.end(),
                       [&](const auto& element) { return deploys_to_production(stage, *element); });
  };
  return std::any_of(route.stages.begin(), route.stages.end(), deploys) ||
         !neighbours_of_production(pipeline, route).empty();
}

}  // namespace

void hotfix_deployment(const Context& context) {
  const sema::Route& trunk = context.pipeline.trunk();
  for (const sema::Route& route : context.pipeline.routes) {
    if (route.kind != sema::RouteKind::hotfix || deploys_to_production(context.pipeline, route)) continue;
    std::vector<std::string> left_out;
    std::vector<Span> places;
    for (const sema::Change& change : route.changes) {
      const auto position = trunk.find(change.element);
      if (change.kind != sema::ChangeKind::skipped || !position) continue;
      if (!deploys_to_production(trunk.stages[position->stage], trunk.at(*position))) continue;
      left_out.push_back(change.element);
      places.push_back(change.span);
    }
    if (left_out.empty()) continue;
    auto report = context.sink.report(diag::hotfix_deploys_nothing, places.back(), quoted_list(left_out));
    report.note("leave the deployment in the hotfix, or let `replace` put another one in its place");
    for (size_t i = 0; i + 1 < places.size(); ++i) {
      if (places[i] != places.back()) report.label(places[i], "left out here");
    }
  }
}

}  // namespace pipec::rules
