// Forms about routes: what starts them, and where they go.
#include "compiler/rules/forms/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

using sema::Environment;
using sema::Route;
using sema::RouteKind;

std::vector<std::string> kinds_of(const sema::Trigger& trigger) {
  std::vector<std::string> kinds;
  if (!trigger.branches.empty()) kinds.emplace_back("push");
  if (!trigger.tags.empty()) kinds.emplace_back("tag");
  if (!trigger.pull_requests.empty()) kinds.emplace_back("pull_request");
  if (!trigger.schedule.empty()) kinds.emplace_back("schedule");
  if (trigger.manual) kinds.emplace_back("manual");
  return kinds;
}

std::string_view kind_of(const Route& route) {
  switch (route.kind) {
    case RouteKind::trunk:
      return "trunk";
    case RouteKind::hotfix:
      return "hotfix";
    case RouteKind::backfill:
    case RouteKind::other:
      break;
  }
  return "other";
}

}  // namespace

void triggers(Check& check) {
  const bool trunk = check.word("routes") == "trunk";
  const std::vector<std::string> only = check.words("only");
  for (const Route& route : check.pipeline().routes) {
    if (route.kind != (trunk ? RouteKind::trunk : RouteKind::other)) continue;
    std::vector<std::string> others;
    const std::vector<std::string> kinds = kinds_of(route.trigger);
    for (const std::string& kind : kinds) {
      if (std::find(only.begin(), only.end(), kind) == only.end()) others.push_back(kind);
    }
    if (!others.empty()) {
      check.breaks(route.head, fmt::format("route `{}` starts on {}, not only on {}", route.name,
                                           quoted_list(others), quoted_list(only, "or")));
    } else if (trunk && !route.trigger.paths.empty()) {
      check.breaks(route.head, "trunk starts on a part of its commits only: `paths` leaves others out");
    } else {
      check.shows(route.head, fmt::format("route `{}` starts on {}", route.name, quoted_list(kinds)));
    }
  }
}

void reach(Check& check) {
  const std::vector<std::string> allowed = check.words("routes");
  std::set<const Environment*> guarded;
  for (const sema::Stage* stage : check.stages()) {
    if (stage->environment != nullptr && guarded.insert(stage->environment).second)
      check.shows(stage->head,
                  fmt::format("nothing but {} reaches `{}`", quoted_list(allowed), stage->environment->name));
  }
  std::set<const Environment*> told;
  for (const Route& route : check.pipeline().routes) {
    if (route.kind == RouteKind::backfill ||
        std::find(allowed.begin(), allowed.end(), kind_of(route)) != allowed.end())
      continue;
    for (const sema::Stage& stage : route.stages) {
      // What is production by its name is refused for every profile (production_routes).
      if (stage.environment == nullptr || stage.environment->production) continue;
      for (const Environment* environment : guarded) {
        const bool itself = environment == stage.environment;
        if ((!itself && !is_same_place(*environment, *stage.environment)) ||
            !told.insert(stage.environment).second)
          continue;
        if (itself) {
          check.breaks(stage.head, fmt::format("route `{}` reaches `{}`", route.name, environment->name));
          continue;
        }
        check
            .breaks(stage.environment->head,
                    fmt::format("route `{}` reaches the account and region of `{}` as `{}`", route.name,
                                environment->name, stage.environment->name))
            .labels.push_back({environment->head, "the same account and region"});
      }
    }
  }
}

}  // namespace pipec::rules::forms
