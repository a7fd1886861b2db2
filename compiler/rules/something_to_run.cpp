// Every element does something on every target: it runs a command or is lowered to a building block.
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

bool runs_on(const sema::Element& element, const sema::Target& target) {
  if (element.property("run") != nullptr) return true;
  const auto lowering = element.lowerings.find(target.name);
  if (lowering == element.lowerings.end()) return false;
  if (lowering->second.block) return true;
  for (const auto& [name, value] : lowering->second.properties) {
    if (name == "run") return true;
  }
  return false;
}

}  // namespace

void something_to_run(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (element->kind == ast::ElementKind::approval || !seen.insert(element.get()).second) continue;
        std::vector<std::string> missing;
        for (const sema::Target* target : context.model.targets) {
          if (!runs_on(*element, *target)) missing.emplace_back(target->name);
        }
        if (missing.empty()) continue;
        const bool everywhere = missing.size() == context.model.targets.size();
        auto report = context.sink.report(diag::nothing_to_run, element->head, to_string(element->kind),
                                          element->name, everywhere ? "" : " on " + quoted_list(missing));
        if (element->definition == nullptr && !element->capabilities.empty()) {
          const auto& tools = element->capabilities.front()->tools;
          if (!tools.empty()) report.note(fmt::format("tools for it are {}", quoted_list(tools)));
        }
      }
    }
  }
}

}  // namespace pipec::rules
