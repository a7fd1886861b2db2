// A window is open long enough for the deployments behind it.
#include "compiler/diag/kinds/time.h"
#include "compiler/rules/rules.h"
#include "compiler/support/window.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Stage;

constexpr int minutes_per_day = 24 * 60;
constexpr int week = 7 * minutes_per_day;

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
  for (const auto& [name, value] : element.properties) {
    const auto* text = value.as<sema::TextValue>();
    if (text != nullptr && text->type == sema::TypeKind::window) return &value;
  }
  return nullptr;
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

}  // namespace

void windows(const Context& context) {
  std::set<const Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const Stage& stage : route.stages) {
      for (size_t i = 0; i < stage.elements.size(); ++i) {
        const Element& element = *stage.elements[i];
        if (element.kind == ast::ElementKind::gate && seen.insert(&element).second)
          check_length(context, stage, i);
      }
    }
  }
}

}  // namespace pipec::rules
