// Every element does something on every target: it runs a command or is lowered to a building block.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/shell_words.h"
#include "compiler/support/text.h"

#include <optional>
#include <set>
#include <utility>

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

bool is_blank(const sema::Value& run) { return shell_script(run.text()).commands.empty(); }

bool runs_on(const sema::Element& element, const sema::Target& target) {
  const auto lowering = element.lowerings.find(target.name);
  if (lowering != element.lowerings.end() && lowering->second.block) return true;
  // A target that reaches no account may simulate: `on local { run = "true" }`.
  const sema::Value* own = said_for(element, target.name, "run");
  if (own != nullptr && !target.accounts) return !is_blank(*own);
  const sema::Value* run = element.property_on(target.name, "run");
  return run != nullptr && !run->is_error() && !does_nothing(*run, element);
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

// What leaves nothing to run, and where: what one of the targets has instead of a command, else what a route
// or an heir does.
std::optional<std::pair<Span, std::string>> cause_of(const sema::Element& element,
                                                     const std::vector<std::string>& missing) {
  for (const std::string& target : missing) {
    if (const sema::Value* own = said_for(element, target, "run"))
      return std::pair(own->span, fmt::format("`on {}`", target));
  }
  if (const sema::Setting* emptied = emptied_by(element)) return std::pair(emptied->span, emptied->by);
  return std::nullopt;
}

void report_nothing_to_run(const Context& context, const sema::Element& element,
                           const std::vector<std::string>& missing, bool everywhere) {
  const auto cause = cause_of(element, missing);
  auto report =
      context.sink.report(diag::nothing_to_run, cause ? cause->first : element.head, to_string(element.kind),
                          element.name, everywhere ? "" : " on " + quoted_list(missing));
  if (cause) {
    const std::string_view purpose = element.kind == ast::ElementKind::gate ? "examine" : "run";
    report.says(fmt::format("{} leaves nothing to {}", cause->second, purpose));
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
        const bool everywhere = missing.size() == targets.size();
        if (!missing.empty()) report_nothing_to_run(context, *element, missing, everywhere);
      }
    }
  }
}

}  // namespace pipec::rules
