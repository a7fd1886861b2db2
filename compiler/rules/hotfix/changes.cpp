#include "compiler/rules/hotfix/changes.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Value;

// Every combination of trunk still runs.
bool keeps_cells(const Element& trunk, const Element& derived) {
  const auto same_variable = [](const sema::Axis& a, const sema::Axis& b) {
    return a.variable == b.variable;
  };
  if (!std::equal(trunk.axes.begin(), trunk.axes.end(), derived.axes.begin(), derived.axes.end(),
                  same_variable))
    return false;
  for (size_t i = 0; i < trunk.axes.size(); ++i) {
    const auto& values = derived.axes[i].values;
    const bool kept =
        std::all_of(trunk.axes[i].values.begin(), trunk.axes[i].values.end(), [&](const Value& value) {
          return std::any_of(values.begin(), values.end(),
                             [&](const Value& other) { return same(value, other); });
        });
    if (!kept) return false;
  }
  return true;
}

// What a definition sets follows from its parameters, which are compared themselves.
bool follows(const Element& trunk, const Element& derived, std::string_view name) {
  const auto by_definition = [&](const Element& element) {
    const auto settings = element.settings.find(name);
    return settings != element.settings.end() && !settings->second.empty() &&
           settings->second.back().by_definition;
  };
  return trunk.definition == derived.definition && by_definition(trunk) && by_definition(derived);
}

Effect effect_of(std::string_view name, const Element& trunk, const Element& derived) {
  if (name == "typical" || name == "max_parallel" || name == "cache") return Effect::none;
  if (name == "matrix") return keeps_cells(trunk, derived) ? Effect::tighter : Effect::other;
  if (name == "timeout") return derived.timeout <= trunk.timeout ? Effect::tighter : Effect::other;
  if (name == "fail_on") {
    // Without a threshold of trunk everything fails already; with one, a lower index is stricter.
    if (!derived.fail_on) return Effect::other;
    const bool stricter = trunk.fail_on && *derived.fail_on <= *trunk.fail_on;
    return stricter ? Effect::tighter : Effect::threshold;
  }
  if (name == "floor") {
    const bool stricter = derived.floor && (!trunk.floor || *derived.floor <= *trunk.floor);
    return stricter ? Effect::tighter : Effect::other;
  }
  if (name == "final") return derived.final ? Effect::tighter : Effect::other;
  if (name == "reports") {
    const Value* before = trunk.property(name);
    const Value* after = derived.property(name);
    if (before == nullptr) return Effect::tighter;
    if (after == nullptr) return Effect::other;
    const bool kept = std::all_of(before->items().begin(), before->items().end(), [&](const Value& report) {
      return std::any_of(after->items().begin(), after->items().end(),
                         [&](const Value& other) { return same(report, other); });
    });
    return kept ? Effect::tighter : Effect::other;
  }
  return Effect::other;
}

}  // namespace

std::vector<PropertyChange> changes_between(const Element& trunk, const Element& derived) {
  std::vector<PropertyChange> changes;
  if (&trunk == &derived) return changes;
  std::set<std::string_view> names;
  for (const Element* element : {&trunk, &derived}) {
    for (const auto& [name, settings] : element->settings)
      names.insert(name);
  }
  for (const std::string_view name : names) {
    if (follows(trunk, derived, name)) continue;
    const Value* before = trunk.property(name);
    const Value* after = derived.property(name);
    if (before == after || (before != nullptr && after != nullptr && same(*before, *after))) continue;
    changes.push_back({std::string(name), before == nullptr ? "" : spell(*before),
                       after == nullptr ? "" : spell(*after), effect_of(name, trunk, derived),
                       derived.property_span(name)});
  }
  if (derived.escape_hatches.size() > trunk.escape_hatches.size()) {
    changes.push_back({"on TARGET", "", "", Effect::other, derived.escape_hatches.back().span});
  }
  return changes;
}

std::string summary(const std::vector<PropertyChange>& changes) {
  constexpr size_t longest_value = 24;
  std::string text;
  for (const PropertyChange& change : changes) {
    if (change.name == "typical") continue;
    if (!text.empty()) text += ", ";
    text += change.name;
    const bool short_enough = !change.before.empty() && !change.after.empty() &&
                              change.before.size() + change.after.size() <= longest_value;
    if (short_enough) text += fmt::format(" {} -> {}", change.before, change.after);
  }
  return text;
}

}  // namespace pipec::rules
