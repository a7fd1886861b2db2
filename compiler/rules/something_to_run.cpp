// Every element does something on every target: it runs a command or is lowered to a building block.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// What the pipeline, and not a definition, sets for a command that this target does not run.
void check_effect(const Context& context, const sema::Element& element, const sema::Target& target) {
  const auto lowering = element.lowerings.find(target.name);
  if (lowering == element.lowerings.end() || !lowering->second.block) return;
  const std::string block = lowering->second.block->text();
  for (const std::string_view property :
       {"run", "env", "secrets", "shell", "working_directory", "services", "cache"}) {
    const auto settings = element.settings.find(property);
    if (settings == element.settings.end() || settings->second.back().by_definition) continue;
    context.sink.report(diag::without_effect, settings->second.back().span, property, target.title,
                        element.name, block);
  }
}

bool runs_on(const sema::Element& element, const sema::Target& target) {
  const sema::Value* run = element.property("run");
  if (run != nullptr && !run->is_error() && !does_nothing(*run, element)) return true;
  const auto lowering = element.lowerings.find(target.name);
  if (lowering == element.lowerings.end()) return false;
  if (lowering->second.block) return true;
  for (const auto& [name, value] : lowering->second.properties) {
    if (name == "run" && !does_nothing(value, element)) return true;
  }
  return false;
}

// What a route or an heir puts in the place of a command; null when it was the element's own line.
const sema::Setting* emptied_by(const sema::Element& element) {
  const sema::Value* run = element.property("run");
  const auto settings = element.settings.find("run");
  if (run == nullptr || run->is_error() || settings == element.settings.end() || settings->second.empty())
    return nullptr;
  const sema::Setting& last = settings->second.back();
  return last.by_definition || element.span.contains(last.span) ? nullptr : &last;
}

void report_nothing_to_run(const Context& context, const sema::Element& element, const std::string& where) {
  const sema::Setting* emptied = emptied_by(element);
  auto report = context.sink.report(diag::nothing_to_run, emptied == nullptr ? element.head : emptied->span,
                                    to_string(element.kind), element.name, where);
  if (emptied != nullptr) {
    const std::string_view purpose = element.kind == ast::ElementKind::gate ? "examine" : "run";
    report.says(fmt::format("{} leaves nothing to {}", emptied->by, purpose));
    report.label(element.head, fmt::format("the {} stands here", to_string(element.kind)));
    return;
  }
  if (element.definition != nullptr || element.capabilities.empty()) return;
  const auto& tools = element.capabilities.front()->tools;
  if (!tools.empty()) report.note(fmt::format("tools for it are {}", quoted_list(tools)));
}

}  // namespace

void something_to_run(const Context& context) {
  const std::vector<const sema::Target*> targets = sema::targets_of(context.model, context.pipeline);
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (element->kind == ast::ElementKind::approval || !seen.insert(element.get()).second) continue;
        std::vector<std::string> missing;
        for (const sema::Target* target : targets) {
          if (!runs_on(*element, *target)) missing.emplace_back(target->name);
          check_effect(context, *element, *target);
        }
        if (missing.empty()) continue;
        const bool everywhere = missing.size() == targets.size();
        report_nothing_to_run(context, *element, everywhere ? "" : " on " + quoted_list(missing));
      }
    }
  }
}

}  // namespace pipec::rules
