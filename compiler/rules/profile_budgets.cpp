// Stages take no longer than their role allows, by what they usually take.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/rules.h"
#include "compiler/rules/time_budgets.h"

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// What takes how long on the target that needs longest.
struct Measured {
  Duration time;
  Duration overhead;
  const sema::Target* target = nullptr;
  std::vector<const sema::Element*> path;
};

void judge(const Context& context, const sema::BudgetRule& rule, const sema::Role* role,
           const Measured& measured, Span at, const std::string& what) {
  if (measured.target == nullptr) return;
  const bool fits = rule.inclusive ? measured.time <= rule.limit : measured.time < rule.limit;
  if (fits || is_exempt(context, rule.rule, role, {})) return;
  auto report =
      context.sink.report(diag::profile_budget, at, what, to_string(measured.time), measured.target->title,
                          rule.inclusive ? "at most" : "less than", to_string(rule.limit));
  label_path(report, measured.path, *measured.target, true, measured.overhead);
  finish(report, rule.rule);
}

Measured measure_stage(const Context& context, const sema::Route& trunk, size_t stage) {
  Measured longest;
  for (const sema::Target* target : context.model.targets) {
    const sema::StageSchedule& schedule = context.schedules.at({&trunk, target}).stages[stage];
    if (longest.target != nullptr && schedule.typical <= longest.time) continue;
    longest = {schedule.typical, schedule.overhead, target, path_of(trunk.stages[stage], schedule, true)};
  }
  return longest;
}

Measured measure_route(const Context& context, const sema::Route& trunk) {
  Measured longest;
  for (const sema::Target* target : context.model.targets) {
    const sema::Schedule& schedule = context.schedules.at({&trunk, target});
    if (longest.target != nullptr && schedule.typical <= longest.time) continue;
    longest = {schedule.typical, schedule.overhead, target, {}};
    for (size_t i = 0; i < trunk.stages.size(); ++i) {
      longest.overhead += schedule.stages[i].overhead;
      const auto path = path_of(trunk.stages[i], schedule.stages[i], true);
      longest.path.insert(longest.path.end(), path.begin(), path.end());
    }
  }
  return longest;
}

}  // namespace

void profile_budgets(const Context& context) {
  const sema::Profile* profile = context.pipeline.profile;
  if (profile == nullptr) return;
  const sema::Route& trunk = context.pipeline.trunk();
  for (const sema::Role& role : profile->roles) {
    for (const sema::BudgetRule& rule : role.budgets) {
      for (size_t i = 0; i < trunk.stages.size(); ++i) {
        if (trunk.stages[i].role != &role) continue;
        judge(context, rule, &role, measure_stage(context, trunk, i), trunk.stages[i].head,
              fmt::format("stage `{}`", trunk.stages[i].name));
      }
    }
  }
  for (const sema::BudgetRule& rule : profile->budgets) {
    judge(context, rule, nullptr, measure_route(context, trunk), context.pipeline.head,
          fmt::format("pipeline `{}`", context.pipeline.name));
  }
}

}  // namespace pipec::rules
