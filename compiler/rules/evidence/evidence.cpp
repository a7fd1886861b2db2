#include "compiler/rules/evidence/evidence.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/reading.h"
#include "compiler/sema/chosen_targets.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

bool says(const std::vector<ast::Field>& fields, std::string_view property) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const ast::Field& field) { return field.key.text == property; });
}

// Whether what holds on all targets is the library's. The definition that says it may be built on by one of
// the author's.
bool is_of_the_library(const sema::Element& element, std::string_view property) {
  const auto settings = element.settings.find(property);
  if (settings == element.settings.end() || !settings->second.back().by_definition) return false;
  const sema::Definition* definition = element.definition;
  while (definition != nullptr && !says(definition->node->properties, property))
    definition = definition->base;
  return definition != nullptr && definition->entity->module->standard;
}

// The same of what `on TARGET` says. `at`: where the value stands.
bool is_of_the_library(const sema::Element& element, std::string_view target, std::string_view property,
                       Span at) {
  for (const sema::Definition* definition = element.definition; definition != nullptr;
       definition = definition->base) {
    for (const ast::Lowering& lowering : definition->node->lowerings) {
      if (lowering.target.text == target && says(lowering.properties, property))
        return definition->entity->module->standard && lowering.span.contains(at);
    }
  }
  return false;
}

bool is_library_command(const sema::Element& element, std::string_view target) {
  const sema::Value* own = said_for(element, target, "run");
  return own == nullptr ? is_of_the_library(element, "run")
                        : is_of_the_library(element, target, "run", own->span);
}

bool calls_known_program(const Reading& reading) {
  return std::any_of(reading.calls.begin(), reading.calls.end(),
                     [](const Call& call) { return call.own && call.works(); });
}

// The parts of a command that a target may have by itself: which it is, what it gets and what runs it.
constexpr auto parts_of_a_command = std::to_array<std::string_view>({"run", "env", "shell"});

// Where the target has a command of its own; nothing when it has none.
std::optional<Span> own_command(const sema::Element& element, std::string_view target) {
  for (const std::string_view part : parts_of_a_command) {
    const sema::Value* own = said_for(element, target, part);
    if (own != nullptr && !is_of_the_library(element, target, part, own->span)) return own->span;
  }
  return std::nullopt;
}

bool asks_for(const std::vector<sema::Requirement>& requirements, const sema::Element& element) {
  return std::any_of(requirements.begin(), requirements.end(), [&](const sema::Requirement& requirement) {
    const auto& wanted = requirement.alternatives;
    return requirement.rule.level != sema::Level::forbidden &&
           std::any_of(wanted.begin(), wanted.end(),
                       [&](const sema::Capability* capability) { return element.fulfils(*capability); });
  });
}

// Rollbacks and the record of what is live go by deployments, the profile by what it asks for.
bool is_relied_on(const sema::Pipeline& pipeline, const sema::Element& element) {
  if (element.checks() || element.kind == ast::ElementKind::deploy) return true;
  const sema::Profile* profile = pipeline.profile;
  if (element.kind != ast::ElementKind::action || profile == nullptr) return false;
  return asks_for(profile->requirements, element) ||
         std::any_of(profile->roles.begin(), profile->roles.end(),
                     [&](const sema::Role& role) { return asks_for(role.requirements, element); });
}

// What is weak about the command that runs on the target.
std::vector<Weakness> weaknesses_of_command(const Context& context, const sema::Element& element,
                                            std::string_view target, Span at) {
  std::vector<Weakness> found;
  const sema::Value* run = command_on(element, target);
  if (run == nullptr || is_library_command(element, target) || does_nothing(*run, element)) return found;
  Reading reading = read_command(element, target);
  reading.at = at;
  reading.relied_on = is_relied_on(context.pipeline, element);
  check_status(reading, found);
  check_flags(reading, found);
  check_origins(reading, found);
  const bool weak = std::any_of(found.begin(), found.end(), [](const Weakness& weakness) {
    return weakness.kind != &diag::runs_what_it_fetches && weakness.kind != &diag::moving_version_called;
  });
  if (!weak && knows_programs(element) && !calls_known_program(reading))
    found.push_back({&diag::no_known_program, reading.at,
                     fmt::format("pipec knows no program in it that does such work ({})",
                                 element.capabilities.front()->title)});
  return found;
}

// Adds what is weak on this target only.
void add_on_target(const Context& context, const sema::Element& element, const sema::Target& target,
                   std::vector<Weakness>& found) {
  const auto lowering = element.lowerings.find(target.name);
  if (lowering == element.lowerings.end() || !target.accounts) return;
  std::vector<Weakness> here;
  if (const auto& block = lowering->second.block) {
    // Blocks move things and wait; none of them examines anything.
    if (element.checks() && !is_of_the_library(element, target.name, "use", block->span))
      here.push_back({&diag::examines_nothing, block->span,
                      fmt::format("`{}` stands in the place of its command", block->text()), true});
  } else if (const auto at = own_command(element, target.name)) {
    here = weaknesses_of_command(context, element, target.name, *at);
  }
  const auto everywhere = static_cast<std::ptrdiff_t>(found.size());
  for (Weakness& weakness : here) {
    const bool known = std::any_of(found.begin(), found.begin() + everywhere, [&](const Weakness& other) {
      return other.kind == weakness.kind && other.what == weakness.what;
    });
    if (known) continue;
    weakness.what = fmt::format("on `{}`, {}", target.name, weakness.what);
    found.push_back(std::move(weakness));
  }
}

}  // namespace

bool knows_programs(const sema::Element& element) {
  return std::any_of(element.capabilities.begin(), element.capabilities.end(),
                     [](const sema::Capability* capability) { return !capability->commands.empty(); });
}

bool does_nothing(const sema::Value& run, const sema::Element& element) {
  const ShellScript script = shell_script(run.text());
  return std::all_of(script.commands.begin(), script.commands.end(), [&](const ShellCommand& command) {
    const std::string_view program = program_of(command);
    return element.kind == ast::ElementKind::gate && command.depth == 0 &&
           (program == "true" || program == ":" || ends_well(command));
  });
}

const sema::Value* said_for(const sema::Element& element, std::string_view target,
                            std::string_view property) {
  const auto lowering = element.lowerings.find(target);
  if (lowering == element.lowerings.end()) return nullptr;
  for (const auto& [name, value] : lowering->second.properties) {
    if (name == property) return &value;
  }
  return nullptr;
}

std::vector<Weakness> weaknesses(const Context& context, const sema::Element& element) {
  std::vector<Weakness> found = weaknesses_of_command(context, element, {}, element.property_span("run"));
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline))
    add_on_target(context, element, *target, found);
  if (element.checks() && element.retries > 0 && !is_of_the_library(element, "retries"))
    found.push_back({&diag::gate_retries, element.property_span("retries"),
                     "a check that fails now and then passes by and by"});
  std::stable_sort(found.begin(), found.end(), [](const Weakness& a, const Weakness& b) {
    return std::pair(a.kind->info->severity, a.refutes) > std::pair(b.kind->info->severity, b.refutes);
  });
  return found;
}

}  // namespace pipec::rules
