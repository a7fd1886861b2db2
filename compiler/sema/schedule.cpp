#include "compiler/sema/schedule.h"

#include "compiler/diag/kinds/targets.h"
#include "compiler/sema/order.h"
#include "compiler/support/check.h"
#include "compiler/support/counters.h"

#include <algorithm>

namespace pipec::sema {
namespace {

// The longest chain of elements before each element, joins not counted.
std::vector<size_t> levels_of(const StageOrder& order) {
  std::vector<size_t> level(order.before.size());
  for (const size_t node : order.sequence) {
    for (const size_t earlier : order.before[node]) {
      const bool counts = earlier < order.element_count;
      level[node] = std::max(level[node], level[earlier] + (counts ? 1 : 0));
    }
  }
  return level;
}

// Runs as part of the one execution that may touch production: deployments, and gates that only look
// at the clock.
bool touches_production(const Element& element) {
  return !element.always && (element.kind == ast::ElementKind::deploy ||
                             (element.kind == ast::ElementKind::gate && !element.checks()));
}

bool runs_command(const Element& element, const Target& target) {
  if (element.is_approval() || element.kind == ast::ElementKind::deploy) return false;
  const auto lowering = element.lowerings.find(target.name);
  return lowering == element.lowerings.end() || !lowering->second.block;
}

class StageScheduler {
 public:
  StageScheduler(const Route& route, const Stage& stage, const Target& target, DiagnosticSink& sink)
      : route_(route), stage_(stage), target_(target), sink_(sink), level_(levels_of(stage.order)) {}

  StageSchedule run() {
    unit_of_.assign(stage_.elements.size(), none);
    if (target_.fuse_production && is_guarded()) fuse_production();
    if (target_.fuse_hotfix && route_.kind == RouteKind::hotfix) fuse_commands();
    if (target_.fuse_always) fuse_always();
    for (const size_t node : stage_.order.sequence) {
      if (node < stage_.order.element_count && unit_of_[node] == none) new_unit({node});
    }
    connect();
    for (Unit& unit : schedule_.units)
      measure(unit);
    if (target_.order == Target::Order::levels) {
      assign_levels();
      total_by_levels(&Unit::guaranteed, schedule_.guaranteed, schedule_.guaranteed_path);
      total_by_levels(&Unit::typical, schedule_.typical, schedule_.typical_path);
    } else {
      total_by_graph(&Unit::guaranteed, schedule_.guaranteed, schedule_.guaranteed_path);
      total_by_graph(&Unit::typical, schedule_.typical, schedule_.typical_path);
    }
    schedule_.guaranteed += target_.overhead.stage;
    schedule_.typical += target_.overhead.stage;
    schedule_.overhead += target_.overhead.stage;
    return std::move(schedule_);
  }

 private:
  static constexpr size_t none = static_cast<size_t>(-1);

  // The stage's environment is production, or somebody must approve before it is touched.
  bool is_guarded() const { return stage_.production() || stage_.asks(); }

  void new_unit(std::vector<size_t> elements) {
    for (const size_t element : elements)
      unit_of_[element] = schedule_.units.size();
    schedule_.units.push_back({.elements = std::move(elements)});
  }

  // For every node whether one of the chosen always ends before it starts.
  std::vector<bool> behind(const std::vector<bool>& chosen) const {
    std::vector<bool> found(chosen.size());
    for (const size_t node : stage_.order.sequence) {
      for (const size_t earlier : stage_.order.before[node])
        found[node] = found[node] || found[earlier] || chosen[earlier];
    }
    return found;
  }

  // For every node whether it always ends before one of the chosen starts.
  std::vector<bool> ahead(const std::vector<bool>& chosen) const {
    std::vector<bool> found(chosen.size());
    const std::vector<size_t>& sequence = stage_.order.sequence;
    for (auto node = sequence.rbegin(); node != sequence.rend(); ++node) {
      for (const size_t earlier : stage_.order.before[*node])
        found[earlier] = found[earlier] || found[*node] || chosen[*node];
    }
    return found;
  }

  // An action that changes production. One of several that write the same files, or with services, is alone
  // in its execution.
  bool changes_production(const Element& element) const {
    return stage_.production() && element.kind == ast::ElementKind::action && !element.always &&
           !element.cell && !element.has_services_on(target_.name);
  }

  // What guards the first change of production stands in the same execution, so each action that no other
  // change stands before is a part of it, and so is one between two parts.
  std::vector<bool> production_parts() const {
    std::vector<bool> parts(stage_.order.before.size());
    std::vector<bool> changes = parts;
    for (size_t i = 0; i < stage_.elements.size(); ++i) {
      const Element& element = *stage_.elements[i];
      parts[i] = touches_production(element);
      changes[i] = changes_production(element) || (parts[i] && element.may_change());
    }
    const std::vector<bool> later = behind(changes);
    const std::vector<bool> earlier = ahead(parts);
    for (size_t i = 0; i < stage_.elements.size(); ++i) {
      const bool joins = !later[i] || earlier[i];
      parts[i] = parts[i] || (joins && changes_production(*stage_.elements[i]));
    }
    return parts;
  }

  void fuse_production() {
    const std::vector<bool> parts = production_parts();
    const std::vector<bool> later = behind(parts);
    const std::vector<bool> earlier = ahead(parts);
    std::vector<size_t> fused;
    for (const size_t node : stage_.order.sequence) {
      if (parts[node]) fused.push_back(node);
      if (node >= stage_.order.element_count || parts[node] || !later[node] || !earlier[node]) continue;
      const Element& element = *stage_.elements[node];
      // That an approval does not come first in production is told on every target.
      if (!stage_.production() || !element.is_approval())
        sink_.report(diag::between_deployments, element.head, element.name, stage_.name, target_.name);
      return;
    }
    if (!fused.empty()) new_unit(std::move(fused));
  }

  // Consecutive levels that hold commands only become one execution.
  void fuse_commands() {
    std::vector<std::vector<size_t>> by_level;
    for (const size_t node : stage_.order.sequence) {
      if (node >= stage_.order.element_count) continue;
      if (by_level.size() <= level_[node]) by_level.resize(level_[node] + 1);
      by_level[level_[node]].push_back(node);
    }
    std::vector<size_t> run;
    const auto finish = [&] {
      if (run.size() > 1) new_unit(run);
      run.clear();
    };
    for (const auto& level : by_level) {
      const bool commands = std::all_of(level.begin(), level.end(), [&](size_t node) {
        // A final gate does not share a machine with what could tamper with it, a cell not with other cells,
        // which have the same files, and services are there for one element.
        const Element& element = *stage_.elements[node];
        return unit_of_[node] == none && !element.final && !element.always && !element.cell &&
               !element.has_services_on(target_.name) && runs_command(element, target_);
      });
      if (!commands) finish();
      if (commands) run.insert(run.end(), level.begin(), level.end());
    }
    finish();
  }

  void fuse_always() {
    std::vector<size_t> always;
    for (const size_t node : stage_.order.sequence) {
      if (node < stage_.order.element_count && stage_.elements[node]->always) always.push_back(node);
    }
    if (!always.empty()) new_unit(std::move(always));
  }

  void connect() {
    const auto before = elements_before(stage_.order);
    for (size_t index = 0; index < schedule_.units.size(); ++index) {
      Unit& unit = schedule_.units[index];
      for (const size_t element : unit.elements) {
        counters.schedules += before[element].size();
        for (const size_t earlier : before[element]) {
          const size_t other = unit_of_[earlier];
          if (other != index) unit.before.push_back(other);
        }
      }
      std::sort(unit.before.begin(), unit.before.end());
      unit.before.erase(std::unique(unit.before.begin(), unit.before.end()), unit.before.end());
    }
  }

  // Elements that share an execution run one after the other.
  void measure(Unit& unit) {
    unit.overhead = target_.overhead.element;
    const bool approval = unit.elements.size() == 1 && stage_.elements[unit.elements.front()]->is_approval();
    if (approval) unit.overhead = {};
    bool deploys = false;
    for (const size_t element : unit.elements) {
      const Element& e = *stage_.elements[element];
      deploys = deploys || e.kind == ast::ElementKind::deploy;
      if (e.has_services_on(target_.name)) unit.overhead += target_.overhead.service;
      unit.guaranteed += guaranteed_time(e, target_);
      unit.typical += e.typical_time();
    }
    if (deploys) unit.overhead += target_.overhead.deployment;
  }

  // The units in an order in which each stands after those before it.
  std::vector<size_t> sorted_units() const {
    const size_t count = schedule_.units.size();
    std::vector<size_t> waiting(count);
    std::vector<std::vector<size_t>> after(count);
    std::vector<size_t> sorted;
    for (size_t i = 0; i < count; ++i) {
      waiting[i] = schedule_.units[i].before.size();
      counters.schedules += waiting[i];
      for (const size_t earlier : schedule_.units[i].before)
        after[earlier].push_back(i);
      if (waiting[i] == 0) sorted.push_back(i);
    }
    for (size_t next = 0; next < sorted.size(); ++next) {
      for (const size_t later : after[sorted[next]]) {
        if (--waiting[later] == 0) sorted.push_back(later);
      }
    }
    PIPEC_CHECK(sorted.size() == count);
    return sorted;
  }

  void assign_levels() {
    for (const size_t index : sorted_units()) {
      Unit& unit = schedule_.units[index];
      for (const size_t earlier : unit.before)
        unit.level = std::max(unit.level, schedule_.units[earlier].level + 1);
    }
  }

  static void append(const Unit& unit, std::vector<size_t>& path) {
    path.insert(path.end(), unit.elements.begin(), unit.elements.end());
  }

  void total_by_levels(Duration Unit::*time, Duration& total, std::vector<size_t>& path) {
    size_t levels = 0;
    for (const Unit& unit : schedule_.units)
      levels = std::max(levels, unit.level + 1);
    std::vector<const Unit*> longest(levels);
    for (const Unit& unit : schedule_.units) {
      const Unit*& chosen = longest[unit.level];
      if (chosen == nullptr || unit.*time + unit.overhead > chosen->*time + chosen->overhead) chosen = &unit;
    }
    Duration overhead;
    for (const Unit* unit : longest) {
      total += unit->*time + unit->overhead;
      overhead += unit->overhead;
      append(*unit, path);
    }
    schedule_.overhead = overhead;
  }

  void total_by_graph(Duration Unit::*time, Duration& total, std::vector<size_t>& path) {
    const size_t count = schedule_.units.size();
    std::vector<Duration> end(count);
    std::vector<size_t> previous(count, none);
    size_t last = none;
    for (const size_t index : sorted_units()) {
      const Unit& unit = schedule_.units[index];
      Duration start;
      for (const size_t earlier : unit.before) {
        if (previous[index] == none || end[earlier] > start) {
          start = end[earlier];
          previous[index] = earlier;
        }
      }
      end[index] = start + unit.*time + unit.overhead;
      if (last == none || end[index] > end[last]) last = index;
    }
    if (last == none) return;
    total = end[last];
    std::vector<size_t> units;
    for (size_t index = last; index != none; index = previous[index])
      units.push_back(index);
    Duration overhead;
    std::reverse(units.begin(), units.end());
    for (const size_t index : units) {
      overhead += schedule_.units[index].overhead;
      append(schedule_.units[index], path);
    }
    schedule_.overhead = overhead;
  }

  const Route& route_;
  const Stage& stage_;
  const Target& target_;
  DiagnosticSink& sink_;
  std::vector<size_t> level_;
  std::vector<size_t> unit_of_;
  StageSchedule schedule_;
};

}  // namespace

std::optional<Duration> platform_limit(const Element& element, const Target& target) {
  const auto lowering = element.lowerings.find(target.name);
  if (lowering == element.lowerings.end() || !lowering->second.block) return std::nullopt;
  const auto minutes = target.limits.find(lowering->second.block->text() + "_minutes");
  if (minutes == target.limits.end() || element.timeout >= Duration::minutes(minutes->second))
    return std::nullopt;
  return Duration::minutes(minutes->second);
}

Duration guaranteed_time(const Element& element, const Target& target) {
  const auto limit = platform_limit(element, target);
  if (!limit) return element.guaranteed_time();
  Element bounded = element;
  bounded.timeout = *limit;
  return bounded.guaranteed_time();
}

Schedule schedule(const Route& route, const Target& target, DiagnosticSink& sink) {
  Schedule schedule;
  schedule.target = &target;
  bool production = false;
  for (const Stage& stage : route.stages) {
    production = production || stage.production();
    schedule.stages.push_back(StageScheduler(route, stage, target, sink).run());
    schedule.guaranteed += schedule.stages.back().guaranteed;
    schedule.typical += schedule.stages.back().typical;
    for (const auto& element : stage.elements) {
      if (element->is_approval()) schedule.human += element->within;
    }
  }
  schedule.overhead = target.overhead.run;
  if (production) schedule.overhead += target.overhead.guard;
  schedule.guaranteed += schedule.overhead;
  schedule.typical += schedule.overhead;
  return schedule;
}

std::vector<Duration> price_of_levels(const Route& route, const Target& target) {
  Target by_graph = target;
  by_graph.order = Target::Order::graph;
  by_graph.fuse_always = false;
  DiagnosticSink ignored;
  const Schedule real = schedule(route, target, ignored);
  const Schedule ideal = schedule(route, by_graph, ignored);
  std::vector<Duration> price;
  for (size_t i = 0; i < route.stages.size(); ++i) {
    // One execution is prepared once, which may save more than its order costs.
    price.push_back(std::max(Duration(), real.stages[i].typical - ideal.stages[i].typical));
  }
  return price;
}

}  // namespace pipec::sema
