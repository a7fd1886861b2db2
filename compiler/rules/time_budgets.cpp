// The critical path of every stage and route fits its budget, on the graph that each target really runs.
#include "compiler/rules/time_budgets.h"

#include "compiler/diag/kinds/time.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Schedule;
using sema::StageSchedule;
using sema::Value;

bool on_typical(const Value& budget) { return budget.text() == "typical"; }
Duration limit_of(const Value& budget) { return *budget.find("limit")->as<Duration>(); }

// Elements without an own idea of how long they usually take. Approvals take people's time.
std::vector<const Element*> without_typical(const std::vector<const sema::Stage*>& stages) {
  std::vector<const Element*> found;
  for (const sema::Stage* stage : stages) {
    for (const auto& element : stage->elements) {
      if (!element->typical && element->kind != ast::ElementKind::approval) found.push_back(element.get());
    }
  }
  return found;
}

void report_unknown(const Context& context, const Value& budget,
                    const std::vector<const Element*>& elements) {
  std::vector<std::string> names;
  for (const Element* element : elements)
    names.push_back(element->id);
  auto report = context.sink.report(diag::typical_unknown, budget.span, quoted_list(names));
  constexpr size_t most_shown = 3;
  for (size_t i = 0; i < std::min(elements.size(), most_shown); ++i)
    report.label(elements[i]->head, "has no `typical`");
}

struct Measured {
  const sema::Target* target = nullptr;
  Duration time;
  Duration overhead;
  std::vector<const Element*> path;
};

void report_over(const Context& context, const std::string& what, const Value& budget,
                 std::vector<Measured> over) {
  std::stable_sort(over.begin(), over.end(),
                   [](const Measured& a, const Measured& b) { return a.time > b.time; });
  const Measured& worst = over.front();
  const bool typical = on_typical(budget);
  auto report = context.sink.report(diag::over_budget, budget.span, what, typical ? "typically" : "up to",
                                    to_string(worst.time), worst.target->title, spell(budget));
  label_path(report, worst.path, *worst.target, typical, worst.overhead);
  for (size_t i = 1; i < over.size(); ++i) {
    report.note(fmt::format("on {} it is {}", over[i].target->title, to_string(over[i].time)));
  }
}

// A stage whose budget is exceeded, on the route on which it takes longest.
struct StageOver {
  std::string name;
  const sema::Route* route = nullptr;
  const Value* budget = nullptr;
  std::vector<Measured> over;

  Duration worst() const {
    return std::max_element(over.begin(), over.end(),
                            [](const Measured& a, const Measured& b) { return a.time < b.time; })
        ->time;
  }
};
// By where the budget stands.
using StagesOver = std::map<Span, StageOver>;

void measure_stage(const Context& context, const sema::Route& route, size_t index, StagesOver& found) {
  const sema::Stage& stage = route.stages[index];
  if (!stage.budget || stage.budget->is_error()) return;
  const bool typical = on_typical(*stage.budget);
  const auto unknown = without_typical({&stage});
  if (typical && !unknown.empty()) {
    report_unknown(context, *stage.budget, unknown);
    return;
  }
  StageOver over{stage.name, &route, &*stage.budget, {}};
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const StageSchedule& schedule = context.schedules.at({&route, target}).stages[index];
    const Duration time = typical ? schedule.typical : schedule.guaranteed;
    if (time <= limit_of(*stage.budget)) continue;
    over.over.push_back({target, time, schedule.overhead, path_of(context, route, index, *target, typical)});
  }
  if (over.over.empty()) return;
  const Span at = stage.budget->span;
  const auto [known, added] = found.try_emplace(at, over);
  if (!added && known->second.worst() < over.worst()) known->second = std::move(over);
}

}  // namespace

std::vector<const Element*> path_of(const Context& context, const sema::Route& route, size_t stage_index,
                                    const sema::Target& target, bool typical) {
  const sema::Stage& stage = context.graphs.at(&route).stages[stage_index];
  const StageSchedule& schedule = context.schedules.at({&route, &target}).stages[stage_index];
  std::vector<const Element*> path;
  for (const size_t index : typical ? schedule.typical_path : schedule.guaranteed_path) {
    path.push_back(stage.elements[index].get());
  }
  return path;
}

void label_path(DiagnosticBuilder& report, const std::vector<const Element*>& path,
                const sema::Target& target, bool typical, Duration overhead) {
  constexpr size_t most_shown = 6;
  std::vector<const Element*> longest = path;
  const auto time = [&](const Element* e) {
    return typical ? e->typical_time() : sema::guaranteed_time(*e, target);
  };
  std::stable_sort(longest.begin(), longest.end(),
                   [&](const Element* a, const Element* b) { return time(a) > time(b); });
  const auto first_left_out = longest.begin() + static_cast<ptrdiff_t>(std::min(longest.size(), most_shown));
  Duration rest;
  std::vector<std::string> left_out;
  for (auto element = first_left_out; element != longest.end(); ++element) {
    if (time(*element).seconds == 0) continue;
    rest += time(*element);
    left_out.push_back((*element)->id);
  }
  longest.erase(first_left_out, longest.end());
  for (const Element* element : path) {
    const bool shown = std::find(longest.begin(), longest.end(), element) != longest.end();
    if (!shown || time(element).seconds == 0) continue;
    const std::string cell = element->cell ? fmt::format(", as `{}`", element->cell->name) : "";
    report.label(element->head, fmt::format("{} of it{}", to_string(time(element)), cell));
  }
  if (!left_out.empty()) {
    constexpr size_t most_named = 4;
    report.note(fmt::format("{} are of {}", to_string(rest), quoted_list(left_out, "and", most_named)));
  }
  if (overhead.seconds > 0) {
    report.note(
        fmt::format("{} are the platform's own: queueing and preparing machines", to_string(overhead)));
  }
}

bool check_route_budget(const Context& context, const sema::Route& route, const std::string& what) {
  const Value& budget = *route.budget;
  const bool typical = on_typical(budget);
  std::vector<const sema::Stage*> stages;
  for (const sema::Stage& stage : route.stages)
    stages.push_back(&stage);
  const auto unknown = without_typical(stages);
  if (typical && !unknown.empty()) {
    report_unknown(context, budget, unknown);
    return false;
  }
  std::vector<Measured> over;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const Schedule& schedule = context.schedules.at({&route, target});
    Measured measured{target, typical ? schedule.typical : schedule.guaranteed, schedule.overhead, {}};
    if (measured.time <= limit_of(budget)) continue;
    for (size_t i = 0; i < route.stages.size(); ++i) {
      measured.overhead += schedule.stages[i].overhead;
      const auto path = path_of(context, route, i, *target, typical);
      measured.path.insert(measured.path.end(), path.begin(), path.end());
    }
    over.push_back(std::move(measured));
  }
  if (over.empty()) return true;
  report_over(context, what, budget, std::move(over));
  return false;
}

void time_budgets(const Context& context) {
  StagesOver over;
  for (const sema::Route& route : context.pipeline.routes) {
    for (size_t i = 0; i < route.stages.size(); ++i)
      measure_stage(context, route, i, over);
  }
  // The worst route alone: the others hold what stands in the same place.
  for (auto& [place, stage] : over) {
    const std::string what = stage.route->kind == sema::RouteKind::trunk
                                 ? fmt::format("stage `{}`", stage.name)
                                 : fmt::format("stage `{}` of the route `{}`", stage.name, stage.route->name);
    report_over(context, what, *stage.budget, std::move(stage.over));
  }
  for (const sema::Route& route : context.pipeline.routes) {
    // The hotfix's budget is part of its proof.
    const bool judged_here = route.kind == sema::RouteKind::trunk || route.kind == sema::RouteKind::other;
    if (judged_here && route.budget && !route.budget->is_error()) {
      check_route_budget(context, route, fmt::format("the route `{}`", route.name));
    }
  }
}

}  // namespace pipec::rules
