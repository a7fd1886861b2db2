// What the profile puts in order comes in that order: before each of the second stands one of the first, if
// there is one at all.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/rules.h"

#include <algorithm>

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
  const auto all_first = positions(*rule.first);
  for (const Route::Position& later : positions(*rule.second)) {
    // With several stages of a role each has its own order.
    std::vector<Route::Position> first = all_first;
    std::erase_if(first, [&](Route::Position p) { return role != nullptr && p.stage != later.stage; });
    const bool in_order = std::any_of(first.begin(), first.end(), [&](Route::Position p) {
      return &trunk.at(p) == &trunk.at(later) || trunk.precedes(p, later);
    });
    if (first.empty() || in_order || is_exempt(context, rule.rule, role, {rule.first, rule.second})) continue;
    const sema::Element& a = trunk.at(first.front());
    const sema::Element& b = trunk.at(later);
    auto report = context.sink.report(diag::profile_order, b.head, b.name, a.name, rule.rule.text);
    report.label(a.head, "must have ended before");
    finish(report, rule.rule);
  }
}

}  // namespace

void profile_orders(const Context& context) {
  const sema::Profile* profile = context.pipeline.profile;
  if (profile == nullptr) return;
  for (const sema::Role& role : profile->roles) {
    for (const OrderRule& rule : role.orders)
      judge(context, rule, &role);
  }
  for (const OrderRule& rule : profile->orders)
    judge(context, rule, nullptr);
}

}  // namespace pipec::rules
