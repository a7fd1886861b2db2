// One event starts one route. Hotfix branches are judged with the hotfix.
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/events.h"
#include "compiler/sema/limits.h"
#include "compiler/support/branches.h"

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using Patterns = std::vector<std::string>;

size_t cost_of(const Patterns& one, const Patterns& other) {
  size_t cost = 0;
  for (const std::string& pattern : one) {
    for (const std::string& second : other) {
      cost += cost_of_overlap(pattern, second);
      if (cost > sema::max_pattern_pairs) return cost;
    }
  }
  return cost;
}

size_t cost_of(const sema::Trigger& one, const sema::Trigger& other) {
  return 1 + cost_of(one.branches, other.branches) + cost_of(one.pull_requests, other.pull_requests) +
         cost_of(one.tags, other.tags) + cost_of(one.paths, other.paths);
}

}  // namespace

void one_route(const Context& context) {
  const auto& routes = context.pipeline.routes;
  const auto is_judged = [](const sema::Route& route) {
    return route.kind == sema::RouteKind::trunk || route.kind == sema::RouteKind::other;
  };
  size_t cost = 0;
  for (size_t i = 0; i < routes.size(); ++i) {
    for (size_t j = i + 1; is_judged(routes[i]) && j < routes.size(); ++j) {
      if (!is_judged(routes[j])) continue;
      cost += cost_of(routes[i].trigger, routes[j].trigger);
      if (cost > sema::max_pattern_pairs) {
        context.sink.report(diag::too_many_parts, routes[j].head,
                            fmt::format("pipeline `{}`", context.pipeline.name),
                            static_cast<int>(sema::max_pattern_pairs),
                            "pairs of signs in patterns of its routes that must be compared");
        return;
      }
      const std::string event = sema::common_event(routes[i].trigger, routes[j].trigger);
      if (event.empty()) continue;
      context.sink.report(diag::routes_overlap, routes[j].head, event, routes[j].name)
          .label(routes[i].head, "starts this one");
    }
  }
}

}  // namespace pipec::rules
