// What the profile puts in order comes in that order.
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {
namespace {

using sema::OrderRule;
using sema::Route;

void judge(const Context& context, const OrderRule& rule, const sema::Role* role) {
  const Route& trunk = context.pipeline.trunk();
  const auto positions = [&](const sema::Capability& capability) {
    std::vector<Route::Position> found;
    for (size_t s = 0; s < trunk.stages.size(); ++s) {
      if (role != nullptr && trunk.stages[s].role != role) continue;
      for (size_t e = 0; e < trunk.stages[s].elements.size(); ++e) {
        if (trunk.stages[s].elements[e]->fulfils(capability)) found.push_back({s, e});
      }
    }
    return found;
  };
  const auto earlier = positions(*rule.first);
  for (const Route::Position& later : positions(*rule.second)) {
    for (const Route::Position& first : earlier) {
      const sema::Element& a = trunk.at(first);
      const sema::Element& b = trunk.at(later);
      const bool in_order = &a == &b || trunk.precedes(first, later);
      // With several stages of a role each has its own order.
      const bool other_stage = role != nullptr && first.stage != later.stage;
      if (in_order || other_stage || is_exempt(context, rule.rule, role, {rule.first, rule.second})) continue;
      auto report = context.sink.report(diag::profile_order, b.head, b.name, a.name, rule.rule.text);
      report.label(a.head, "must have ended before");
      finish(report, *context.pipeline.profile, rule.rule);
    }
  }
}

}  // namespace

void profile_orders(const Context& context) {
  const sema::Profile* profile = context.pipeline.profile;
  if (profile == nullptr) return;
  for (const sema::Role& role : profile->roles) {
    for (const OrderRule& rule : role.orders) judge(context, rule, &role);
  }
  for (const OrderRule& rule : profile->orders) judge(context, rule, nullptr);
}

}  // namespace pipec::rules
