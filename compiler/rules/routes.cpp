// Every stage runs on some route, every route runs something, and the branches that routes name are known.
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/rules/rules.h"
#include "compiler/support/branches.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Route;
using sema::RouteKind;
using sema::Stage;

bool runs_nothing(const Route& route) {
  return std::all_of(route.stages.begin(), route.stages.end(),
                     [](const Stage& stage) { return stage.elements.empty(); });
}

bool runs(const Route& route, std::string_view stage) {
  return std::any_of(route.stages.begin(), route.stages.end(),
                     [&](const Stage& own) { return own.name == stage; });
}

// A stage that derivations emptied is left out; one that is written without elements is left over.
void check_empty_stages(const Context& context) {
  std::set<std::pair<SourceId, uint32_t>> seen;
  const auto check = [&](const Stage& stage) {
    const bool left_out =
        std::any_of(context.pipeline.trunk().changes.begin(), context.pipeline.trunk().changes.end(),
                    [&](const sema::Change& change) { return change.element.starts_with(stage.name + "."); });
    if (!stage.elements.empty() || left_out || !seen.insert({stage.head.source, stage.head.begin}).second)
      return;
    context.sink.report(diag::empty_stage, stage.head, stage.name);
  };
  for (const Stage& stage : context.pipeline.trunk().stages)
    check(stage);
  for (const Stage& stage : context.pipeline.workstation)
    check(stage);
}

void check_stages_without_route(const Context& context) {
  for (const sema::PlacedStage& stage : context.pipeline.stages) {
    const bool used = std::any_of(context.pipeline.routes.begin(), context.pipeline.routes.end(),
                                  [&](const Route& route) { return runs(route, stage.name); });
    if (used) continue;
    context.sink.report(diag::stage_in_no_route, stage.head, stage.name,
                        stage.has_budget ? ", so its budget holds nothing" : "");
  }
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& branch) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, branch); });
}

// The branch of a source, or one that a push to starts a route; with `by_pull_request` one that pull requests
// into start one, too.
bool knows(const sema::Pipeline& pipeline, const std::string& branch, bool by_pull_request) {
  return std::any_of(pipeline.sources.begin(), pipeline.sources.end(),
                     [&](const sema::Source& source) { return source.branch == branch; }) ||
         std::any_of(pipeline.routes.begin(), pipeline.routes.end(), [&](const Route& route) {
           const bool own = route.kind == RouteKind::hotfix || route.kind == RouteKind::backfill;
           return !own && (matches_any(route.trigger.branches, branch) ||
                           (by_pull_request && matches_any(route.trigger.pull_requests, branch)));
         });
}

void offer_branch(const Context& context, DiagnosticBuilder& report, Span at, const std::string& branch) {
  std::vector<std::string_view> branches;
  for (const sema::Source& source : context.pipeline.sources)
    branches.push_back(source.branch);
  if (const auto likely = nearest(branch, branches))
    report.fix(fmt::format("write `\"{}\"`", *likely), {{at, fmt::format("\"{}\"", *likely)}});
}

void check_backfill(const Context& context) {
  const auto& hotfix = context.pipeline.hotfix;
  if (!hotfix || !hotfix->backfill) return;
  for (size_t i = 0; i < hotfix->backfill->into.size(); ++i) {
    const std::string& branch = hotfix->backfill->into[i];
    if (knows(context.pipeline, branch, true)) continue;
    const Span at = hotfix->backfill->into_spans[i];
    auto report = context.sink.report(diag::backfill_of_no_route, at, branch);
    offer_branch(context, report, at, branch);
  }
}

void check_pull_requests(const Context& context) {
  // Without a source its branch is not known.
  if (context.pipeline.sources.empty()) return;
  for (const Route& route : context.pipeline.routes) {
    const sema::Trigger& trigger = route.trigger;
    for (size_t i = 0; i < trigger.pull_request_spans.size(); ++i) {
      const std::string& branch = trigger.pull_requests[i];
      const bool pattern = branch.find('*') != std::string::npos;
      if (pattern || knows(context.pipeline, branch, false)) continue;
      const Span at = trigger.pull_request_spans[i];
      auto report = context.sink.report(diag::pull_request_of_no_branch, at, branch);
      offer_branch(context, report, at, branch);
    }
  }
}

// A hotfix and its backfill are routes too, by these names.
void check_names(const Context& context) {
  for (const Route& own : context.pipeline.routes) {
    if (own.kind != RouteKind::hotfix && own.kind != RouteKind::backfill) continue;
    for (const Route& route : context.pipeline.routes) {
      if (&own == &route || own.name != route.name) continue;
      context.sink.report(diag::declared_twice, route.head, route.name)
          .label(own.head, fmt::format("has a route `{}` already", own.name));
    }
  }
}

}  // namespace

void routes(const Context& context) {
  check_empty_stages(context);
  check_stages_without_route(context);
  for (const Route& route : context.pipeline.routes) {
    // An empty stage, or a pipeline without stages, was told already.
    const bool left_out =
        !route.changes.empty() || (route.stages.empty() && !context.pipeline.stages.empty());
    if (route.kind != RouteKind::backfill && left_out && runs_nothing(route))
      context.sink.report(diag::route_runs_nothing, route.head, route.name);
  }
  check_names(context);
  check_backfill(context);
  check_pull_requests(context);
}

}  // namespace pipec::rules
