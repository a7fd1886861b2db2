// Forms about single elements: what they publish, on what they fail, and who stands between them.
#include "compiler/rules/forms/check.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

using sema::Element;

// The names of elements in a property.
std::vector<std::string> named(const Element& element, const std::string& property) {
  std::vector<std::string> names;
  const sema::Value* value = element.property(property);
  if (value == nullptr) return names;
  for (const sema::Value& item : value->items()) {
    if (const auto* reference = item.as<sema::ReferenceValue>()) names.push_back(reference->name);
  }
  return names;
}

// The element of the workstation that runs the gate, or null.
const Element* local_run(const Check& check, const Element& gate) {
  const std::vector<std::string> property = check.words("property");
  for (const sema::Stage& stage : check.pipeline().workstation) {
    for (const auto& element : stage.elements) {
      const auto names = property.empty() ? std::vector<std::string>() : named(*element, property.front());
      const bool runs = fulfils(*element, check.capabilities("capability")) &&
                        std::find(names.begin(), names.end(), gate.id) != names.end();
      if (runs || fulfils(*element, gate.capabilities)) return element.get();
    }
  }
  return nullptr;
}

}  // namespace

void covers(Check& check) {
  // That there is one at all is asked for by another rule.
  const auto& workstation = check.pipeline().workstation;
  const bool any = std::any_of(workstation.begin(), workstation.end(), [&](const sema::Stage& stage) {
    return std::any_of(stage.elements.begin(), stage.elements.end(), [&](const auto& element) {
      return fulfils(*element, check.capabilities("capability"));
    });
  });
  if (!any) return;
  for (const sema::Stage* stage : stages_of(check.pipeline(), &check.role("role"))) {
    for (const auto& gate : stage->elements) {
      // What checks an artifact needs the pipeline that makes it.
      if (!gate->checks() || !gate->consumes.empty()) continue;
      if (const Element* local = local_run(check, *gate)) {
        check.shows({local->head, fmt::format("`{}` runs `{}`", local->id, gate->id), Grade::declared,
                     "nobody sees whether it runs on a workstation"});
      } else {
        check.breaks(gate->head, fmt::format("nothing on the workstation runs `{}`", gate->id));
      }
    }
  }
}

void reports(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    const sema::Value* reports = element.property("reports");
    if (reports == nullptr || reports->items().empty()) {
      check.breaks(element.head, fmt::format("`{}` publishes no report", element.id));
    } else {
      check.shows(place_of(element, "reports"), fmt::format("`{}` publishes its report", element.id));
    }
  }
}

void sets(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    std::vector<std::string> missing;
    for (const std::string& property : check.words("properties")) {
      if (!placed.element.settings.contains(property)) missing.push_back(property);
    }
    if (missing.empty()) {
      check.shows(placed.element.head,
                  fmt::format("`{}` sets {}", placed.element.id, quoted_list(check.words("properties"))));
    } else {
      check.breaks(placed.element.head,
                   fmt::format("`{}` does not set {}", placed.element.id, quoted_list(missing)));
    }
  }
}

void threshold(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    if (!element.fail_on) {
      check.breaks(element.head, fmt::format("`{}` does not say by `fail_on` what it fails on", element.id));
    } else if (element.continue_on_failure) {
      check.breaks(element, "continue_on_failure",
                   fmt::format("the pipeline goes on when `{}` fails", element.id));
    } else {
      check.shows(evidence_of(check.context(), element));
    }
  }
}

void stops(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    if (element.continue_on_failure) {
      check.breaks(element, "continue_on_failure",
                   fmt::format("the pipeline goes on when `{}` fails", element.id));
    } else {
      check.shows(element.head, fmt::format("the run ends when `{}` fails", element.id));
    }
  }
}

void automated(Check& check) {
  for (const sema::Stage* stage : check.stages()) {
    bool waits = false;
    for (const auto& element : stage->elements) {
      if (element->kind != ast::ElementKind::approval) continue;
      waits = true;
      check.breaks(element->head, fmt::format("`{}` waits for a person", element->id));
    }
    if (!waits) check.shows(stage->head, fmt::format("the stage `{}` waits for nobody", stage->name));
  }
}

void escape_hatches(Check& check) {
  std::vector<std::pair<std::string, Span>> hatches;
  for (const Placed& placed : check.elements()) {
    for (const sema::Setting& hatch : placed.element.escape_hatches)
      hatches.emplace_back(placed.element.id, hatch.span);
  }
  const auto allowed = check.number("at_most");
  if (hatches.empty() || static_cast<int64_t>(hatches.size()) <= allowed) {
    check.shows(check.pipeline().head,
                fmt::format("the pipeline itself says {} `on TARGET`", counted(hatches.size(), "time")));
    return;
  }
  Violation& found =
      check.breaks(hatches.front().second,
                   fmt::format("`{}` says itself how it is done on a target", hatches.front().first));
  for (size_t i = 1; i < hatches.size(); ++i)
    found.labels.push_back({hatches[i].second, "and here"});
}

}  // namespace pipec::rules::forms
