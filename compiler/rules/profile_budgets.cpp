// Stages take no longer than their role allows, by what they usually take.
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/rules.h"

#include <fmt/core.h>

namespace pipec::rules {
namespace {

void judge(const Context& context, const sema::BudgetRule& rule, const sema::Role* role, Duration time,
           const sema::Target& target, Span at, const std::string& what) {
  const bool fits = rule.inclusive ? time <= rule.limit : time < rule.limit;
  if (fits || is_exempt(context, rule.rule, role, {})) return;
  auto report = context.sink.report(diag::profile_budget, at, what, to_string(time), target.title,
                                    rule.inclusive ? "at most" : "less than", to_string(rule.limit));
  finish(report, rule.rule);
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
        const sema::Target* slowest = nullptr;
        Duration longest;
        for (const sema::Target* target : context.model.targets) {
          const Duration time = context.schedules.at({&trunk, target}).stages[i].typical;
          if (slowest == nullptr || time > longest) {
            slowest = target;
            longest = time;
          }
        }
        if (slowest == nullptr) continue;
        judge(context, rule, &role, longest, *slowest, trunk.stages[i].head,
              fmt::format("stage `{}`", trunk.stages[i].name));
      }
    }
  }
  for (const sema::BudgetRule& rule : profile->budgets) {
    for (const sema::Target* target : context.model.targets) {
      judge(context, rule, nullptr, context.schedules.at({&trunk, target}).typical, *target,
            context.pipeline.head, fmt::format("pipeline `{}`", context.pipeline.name));
    }
  }
}

}  // namespace pipec::rules
