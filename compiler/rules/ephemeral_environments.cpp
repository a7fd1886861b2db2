// What is made for a while goes away again, and stands long enough until then.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Route;
using sema::Stage;

// The stage deploys to it, and no action of its `always` can take it away.
void check_torn_down(const Context& context, const Route& route, const Stage& stage) {
  const auto deploys = std::any_of(stage.elements.begin(), stage.elements.end(), [](const auto& element) {
    return element->kind == ast::ElementKind::deploy;
  });
  const auto tears_down = std::any_of(stage.elements.begin(), stage.elements.end(), [](const auto& element) {
    return element->always && element->kind == ast::ElementKind::action;
  });
  if (!deploys || tears_down) return;
  const bool derived = route.kind != sema::RouteKind::trunk;
  auto report = context.sink.report(diag::ephemeral_kept, stage.head, stage.name, stage.environment->name,
                                    derived ? fmt::format(" in the route `{}`", route.name) : std::string());
  report.label(stage.environment->head, "ephemeral");
  for (const sema::Change& change : route.changes) {
    const auto before = context.pipeline.trunk().find(change.element);
    if (!before || !context.pipeline.trunk().at(*before).always || route.find(change.element)) continue;
    if (change.element.starts_with(stage.name + "."))
      report.label(change.span, fmt::format("`{}` is left out here", change.element));
  }
  report.note("end the stage with `always { action teardown: … { run = \"…\" } }`");
}

// People may take their time while the environment stands: for approvals behind a deployment.
Duration waiting_for_people(const Stage& stage) {
  Duration time;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    if (stage.elements[i]->kind != ast::ElementKind::approval) continue;
    const std::vector<bool> earlier = stage.order.all_before(i);
    for (size_t other = 0; other < stage.elements.size(); ++other) {
      if (!earlier[other] || stage.elements[other]->kind != ast::ElementKind::deploy) continue;
      time += stage.elements[i]->within;
      break;
    }
  }
  return time;
}

void check_time(const Context& context, const Route& route, size_t index) {
  const Stage& stage = route.stages[index];
  const sema::Environment& environment = *stage.environment;
  if (!environment.ttl) return;
  const Duration people = waiting_for_people(stage);
  const sema::Target* slowest = nullptr;
  Duration longest;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const Duration time = context.schedules.at({&route, target}).stages[index].guaranteed + people;
    if (slowest != nullptr && time <= longest) continue;
    slowest = target;
    longest = time;
  }
  if (slowest == nullptr || longest <= *environment.ttl) return;
  auto report =
      context.sink.report(diag::ttl_too_short, environment.ttl_span, environment.name,
                          to_string(*environment.ttl), stage.name, to_string(longest), slowest->title);
  report.label(stage.head, fmt::format("takes up to {}", to_string(longest)));
  if (people.seconds > 0)
    report.note(fmt::format("{} of it are for approvals behind a deployment", to_string(people)));
}

}  // namespace

void ephemeral_environments(const Context& context) {
  for (const auto& environment : context.pipeline.environments) {
    for (const auto& production : context.pipeline.environments) {
      if (!environment->ttl || !production->production || !is_same_place(*environment, *production)) continue;
      context.sink
          .report(diag::ephemeral_in_production, environment->head, environment->name, production->name)
          .label(production->head, "production");
    }
  }
  for (const Route& route : context.pipeline.routes) {
    for (size_t i = 0; i < route.stages.size(); ++i) {
      const Stage& stage = route.stages[i];
      if (stage.environment == nullptr || !stage.environment->ephemeral) continue;
      if (stage.role != nullptr && stage.role->production) {
        context.sink
            .report(diag::ephemeral_production, stage.environment->head, stage.environment->name, stage.name)
            .label(stage.head, "plays a production role");
      }
      check_torn_down(context, route, stage);
      check_time(context, route, i);
    }
  }
}

}  // namespace pipec::rules
