// A window holds something back, is open together with the others, and long enough for what it holds back.
#include "compiler/diag/kinds/time.h"
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"
#include "compiler/support/window.h"

#include <algorithm>
#include <bitset>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Stage;

constexpr int minutes_per_day = 24 * 60;
constexpr int week = 7 * minutes_per_day;

using Week = std::bitset<week>;

Week minutes_of(const Window& window) {
  Week open;
  for (int minute = 0; minute < week; ++minute)
    open[static_cast<size_t>(minute)] = window.is_open(minute / minutes_per_day, minute % minutes_per_day);
  return open;
}

// The longest time without a break in a week that begins again.
Duration longest_open(const Window& window) {
  int64_t longest = 0;
  int64_t open = 0;
  for (int minute = 0; minute < 2 * week && longest < week; ++minute) {
    open = window.is_open(minute / minutes_per_day % 7, minute % minutes_per_day) ? open + 1 : 0;
    longest = std::max(longest, open);
  }
  return Duration::minutes(longest);
}

const sema::Value* window_of(const Element& element) {
  return element.kind == ast::ElementKind::gate ? element.text_property(sema::TypeKind::window) : nullptr;
}

bool deploys(const Element& element) { return element.kind == ast::ElementKind::deploy && !element.always; }

// Something waits for the gate: in its stage, or in a later one when its stage deploys nothing by itself.
bool holds_back(const sema::Route& route, size_t stage_index, size_t gate) {
  const auto may_change = [](const auto& element) { return element->may_change() && !element->always; };
  const Stage& stage = route.stages[stage_index];
  const std::vector<bool> behind = stage.order.all_after(gate);
  bool beside = false;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    if (may_change(stage.elements[i]) && behind[i]) return true;
    beside = beside || deploys(*stage.elements[i]);
  }
  return !beside &&
         std::any_of(route.stages.begin() + static_cast<std::ptrdiff_t>(stage_index) + 1, route.stages.end(),
                     [&](const Stage& later) {
                       return std::any_of(later.elements.begin(), later.elements.end(), may_change);
                     });
}

void report_unheeded(const Context& context, const Element& gate) {
  context.sink
      .report(diag::window_holds_nothing, gate.property_span("continue_on_failure"), gate.id,
              "while it is closed, `continue_on_failure` lets the run go on")
      .label(gate.head, "the window");
}

void report_last(const Context& context, const Stage& stage, const Element& gate) {
  auto report = context.sink.report(diag::window_holds_nothing, gate.head, gate.id, "nothing waits for it");
  for (const auto& element : stage.elements) {
    if (deploys(*element)) report.label(element->head, "does not wait for it");
  }
}

// Gates with windows before what may change something, in one time zone.
struct Windows {
  std::vector<const Element*> gates;
  Week open = Week().set();
};

// Those of the gates that exclude the new one: a single one where that is enough.
std::vector<const Element*> exclude(const Windows& windows, const Week& open) {
  for (const Element* gate : windows.gates) {
    if ((minutes_of(*parse_window(window_of(*gate)->text())) & open).none()) return {gate};
  }
  return windows.gates;
}

using Reported = std::set<std::pair<const Element*, const Element*>>;

// What waits for several windows starts while all are open.
void check_waiting(const Context& context, const Stage& stage, size_t waiting, Reported& reported) {
  const std::vector<bool> before = stage.order.all_before(waiting);
  std::map<std::string, Windows> by_zone;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    const Element& gate = *stage.elements[i];
    const sema::Value* value = window_of(gate);
    const auto window = value == nullptr ? std::nullopt : parse_window(value->text());
    if (!before[i] || !window || gate.continue_on_failure) continue;
    const sema::Value* zone = gate.text_property(sema::TypeKind::zone);
    Windows& windows = by_zone[zone == nullptr ? "UTC" : std::string(zone->text())];
    const Week open = minutes_of(*window);
    if ((windows.open & open).any()) {
      windows.open &= open;
      windows.gates.push_back(&gate);
      continue;
    }
    const std::vector<const Element*> others = exclude(windows, open);
    if (!reported.emplace(others.front(), &gate).second) continue;
    std::vector<std::string> names;
    for (const Element* other : others)
      names.push_back(other->id);
    auto report = context.sink.report(diag::windows_never_open_together, value->span, gate.id,
                                      quoted_list(names), stage.elements[waiting]->id);
    for (const Element* other : others)
      report.label(window_of(*other)->span, "open at other times");
    report.label(stage.elements[waiting]->head, "waits for all of them");
  }
}

void check_length(const Context& context, const Stage& stage, size_t gate) {
  const sema::Value* value = window_of(*stage.elements[gate]);
  const auto window = value == nullptr ? std::nullopt : parse_window(value->text());
  if (!window) return;
  const Duration open = longest_open(*window);
  if (open >= Duration::minutes(week)) return;
  for (size_t i = 0; i < stage.elements.size(); ++i) {
    const Element& element = *stage.elements[i];
    if (element.kind != ast::ElementKind::deploy || element.guaranteed_time() <= open) continue;
    if (!stage.order.precedes(gate, i)) continue;
    context.sink
        .report(diag::window_too_short, value->span, to_string(open), fmt::format("`{}`", element.id),
                to_string(element.guaranteed_time()))
        .label(element.head, "starts in the window");
  }
}

void check_together(const Context& context, const Stage& stage, Reported& reported) {
  const auto windows = std::count_if(stage.elements.begin(), stage.elements.end(),
                                     [](const auto& element) { return window_of(*element) != nullptr; });
  for (size_t i = 0; windows > 1 && i < stage.elements.size(); ++i) {
    const Element& element = *stage.elements[i];
    if (element.may_change() && !element.always) check_waiting(context, stage, i, reported);
  }
}

}  // namespace

void windows(const Context& context) {
  struct Gate {
    const Stage& stage;
    const Element& element;
    bool holds_back = false;
  };
  std::map<const Element*, Gate> gates;
  Reported reported;
  for (const sema::Route& route : context.pipeline.routes) {
    for (size_t s = 0; s < route.stages.size(); ++s) {
      const Stage& stage = route.stages[s];
      check_together(context, stage, reported);
      for (size_t i = 0; i < stage.elements.size(); ++i) {
        const Element& element = *stage.elements[i];
        if (window_of(element) == nullptr) continue;
        const auto [gate, first] = gates.try_emplace(&element, Gate{stage, element});
        if (first) check_length(context, stage, i);
        // A route without deployments may keep the windows before them.
        gate->second.holds_back = gate->second.holds_back || holds_back(route, s, i);
      }
    }
  }
  for (const auto& [element, gate] : gates) {
    if (gate.element.continue_on_failure) {
      report_unheeded(context, gate.element);
    } else if (!gate.holds_back) {
      report_last(context, gate.stage, gate.element);
    }
  }
}

}  // namespace pipec::rules
