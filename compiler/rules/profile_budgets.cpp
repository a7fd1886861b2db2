// Stages take no longer than their role allows, by what they usually take.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/profile_rules.h"
#include "compiler/rules/time_budgets.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// What takes how long on the target that needs longest.
struct Measured {
  Duration typical;
  // The longest that it may take, on whatever target.
  Duration guaranteed;
  Duration overhead;
  const sema::Target* target = nullptr;
  std::vector<const sema::Element*> path;
};

Measured measure_stage(const Context& context, const sema::Route& trunk, const sema::Stage& stage) {
  const auto index = static_cast<size_t>(&stage - trunk.stages.data());
  Measured longest;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const sema::StageSchedule& schedule = context.schedules.at({&trunk, target}).stages[index];
    longest.guaranteed = std::max(longest.guaranteed, schedule.guaranteed);
    if (longest.target != nullptr && schedule.typical <= longest.typical) continue;
    longest = {schedule.typical, longest.guaranteed, schedule.overhead, target,
               path_of(context, trunk, index, *target, true)};
  }
  return longest;
}

Measured measure_route(const Context& context, const sema::Route& trunk) {
  Measured longest;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const sema::Schedule& schedule = context.schedules.at({&trunk, target});
    longest.guaranteed = std::max(longest.guaranteed, schedule.guaranteed);
    if (longest.target != nullptr && schedule.typical <= longest.typical) continue;
    longest = {schedule.typical, longest.guaranteed, schedule.overhead, target, {}};
    for (size_t i = 0; i < trunk.stages.size(); ++i) {
      longest.overhead += schedule.stages[i].overhead;
      const auto path = path_of(context, trunk, i, *target, true);
      longest.path.insert(longest.path.end(), path.begin(), path.end());
    }
  }
  return longest;
}

// Which elements of the path count with their limit, as a clause; empty when each says what it usually takes.
std::string counted_with_timeout(const std::vector<const sema::Element*>& path) {
  std::vector<std::string> names;
  for (const sema::Element* element : path) {
    const bool told = element->typical || element->kind == ast::ElementKind::approval;
    if (!told && std::find(names.begin(), names.end(), element->id) == names.end())
      names.push_back(element->id);
  }
  constexpr size_t most_named = 3;
  if (names.empty()) return {};
  return fmt::format("{} {} no `typical`, so the timeout counts", quoted_list(names, "and", most_named),
                     names.size() == 1 ? "has" : "have");
}

Evidence evidence_of(const Measured& measured, bool guaranteed, Span at, const std::string& what) {
  std::string text =
      fmt::format("{} typically takes {} on {}", what, to_string(measured.typical), measured.target->title);
  if (const std::string assumed = counted_with_timeout(measured.path); !assumed.empty())
    text += fmt::format(" ({})", assumed);
  if (guaranteed)
    return {at, text + fmt::format(", {} at most", to_string(measured.guaranteed)), Grade::enforced, {}};
  return {at, std::move(text), Grade::declared, "what it usually takes is the pipeline's own word"};
}

void judge_budget(Judge& judge, const sema::BudgetRule& rule, const sema::Role* role) {
  const sema::Route& trunk = judge.pipeline().trunk();
  std::vector<const sema::Stage*> stages{nullptr};
  if (role != nullptr) stages = stages_of(judge.pipeline(), role);
  Clause clause{.rule = &rule.rule, .role = role, .at = judge.pipeline().head};
  bool over = false;
  for (const sema::Stage* stage : stages) {
    const Measured measured = stage == nullptr ? measure_route(judge.context(), trunk)
                                               : measure_stage(judge.context(), trunk, *stage);
    if (measured.target == nullptr) continue;
    const Span at = stage == nullptr ? judge.pipeline().head : stage->head;
    const std::string what = place_of(judge.pipeline(), stage);
    const auto fits = [&](Duration time) { return rule.inclusive ? time <= rule.limit : time < rule.limit; };
    clause.evidence.push_back(evidence_of(measured, fits(measured.guaranteed), at, what));
    if (fits(measured.typical)) continue;
    over = true;
    clause.at = at;
    if (judge.excuse(clause, clause.evidence.back().what, {}, Fault::broken)) continue;
    auto report = judge.sink().report(diag::profile_budget, at, what, to_string(measured.typical),
                                      measured.target->title, rule.inclusive ? "at most" : "less than",
                                      to_string(rule.limit));
    label_path(report, measured.path, *measured.target, true, measured.overhead);
    if (const std::string assumed = counted_with_timeout(measured.path); !assumed.empty())
      report.note(assumed);
    Judge::finish(report, rule.rule);
  }
  if (clause.evidence.empty()) {
    clause.grade = Grade::not_applicable;
  } else if (!over) {
    clause.at = clause.evidence.front().at;
    clause.grade = worst(clause.evidence);
  }
  judge.add(std::move(clause));
}

}  // namespace

void judge_budgets(Judge& judge, const std::vector<sema::BudgetRule>& budgets, const sema::Role* role) {
  for (const sema::BudgetRule& rule : budgets)
    judge_budget(judge, rule, role);
}

}  // namespace pipec::rules
