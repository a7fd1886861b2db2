// What the profile puts in order comes in that order: before each of the second stands one of the first, if
// there is one at all.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Route;
using Positions = std::vector<Route::Position>;

Positions positions(const Route& trunk, const sema::Role* role, const sema::Capability& capability) {
  Positions found;
  for (size_t s = 0; s < trunk.stages.size(); ++s) {
    if (role != nullptr && trunk.stages[s].role != role) continue;
    for (size_t e = 0; e < trunk.stages[s].elements.size(); ++e) {
      if (trunk.stages[s].elements[e]->fulfils(capability)) found.push_back({s, e});
    }
  }
  return found;
}

void judge_order(Judge& judge, const sema::OrderRule& rule, const sema::Role* role) {
  const Route& trunk = judge.pipeline().trunk();
  Clause clause{.rule = &rule.rule, .role = role, .at = judge.pipeline().head};
  bool broken = false;
  const Positions all_first = positions(trunk, role, *rule.first);
  for (const Route::Position& later : positions(trunk, role, *rule.second)) {
    // With several stages of a role each has its own order.
    Positions first = all_first;
    std::erase_if(first, [&](Route::Position p) { return role != nullptr && p.stage != later.stage; });
    if (first.empty()) continue;
    const auto before = std::find_if(first.begin(), first.end(), [&](Route::Position p) {
      return &trunk.at(p) == &trunk.at(later) || trunk.precedes(p, later);
    });
    const Element& b = trunk.at(later);
    if (before != first.end()) {
      clause.evidence.push_back(
          {b.head, fmt::format("`{}` ends before `{}`", trunk.at(*before).id, b.id), Grade::enforced, {}});
      continue;
    }
    const Element& a = trunk.at(first.front());
    broken = true;
    clause.at = b.head;
    if (judge.excuse(clause, fmt::format("`{}` does not come after `{}`", b.id, a.id),
                     {rule.first, rule.second}, Fault::broken))
      continue;
    auto report = judge.sink().report(diag::profile_order, b.head, b.name, a.name, rule.rule.text);
    report.label(a.head, "must have ended before");
    Judge::finish(report, rule.rule);
  }
  if (!broken) {
    const bool nothing = clause.evidence.empty();
    if (!nothing) clause.at = clause.evidence.front().at;
    clause.grade = nothing ? Grade::not_applicable : Grade::enforced;
  }
  judge.add(std::move(clause));
}

}  // namespace

void judge_orders(Judge& judge, const std::vector<sema::OrderRule>& orders, const sema::Role* role) {
  for (const sema::OrderRule& rule : orders)
    judge_order(judge, rule, role);
}

}  // namespace pipec::rules
