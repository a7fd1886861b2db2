#include "compiler/rules/evidence/evidence.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/reading.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// Whether the command is the library's. The definition that says it may be built on by one of the author's.
bool is_of_the_library(const sema::Element& element, std::string_view property) {
  const auto settings = element.settings.find(property);
  if (settings == element.settings.end() || !settings->second.back().by_definition) return false;
  const sema::Definition* definition = element.definition;
  const auto says = [&](const sema::Definition& candidate) {
    const auto& fields = candidate.node->properties;
    return std::any_of(fields.begin(), fields.end(),
                       [&](const ast::Field& field) { return field.key.text == property; });
  };
  while (definition != nullptr && !says(*definition))
    definition = definition->base;
  return definition != nullptr && definition->entity->module->standard;
}

bool calls_known_program(const Reading& reading) {
  return std::any_of(reading.calls.begin(), reading.calls.end(),
                     [](const Call& call) { return call.own && call.works(); });
}

}  // namespace

bool Weakness::refutes() const {
  return kind == &diag::examines_nothing || kind == &diag::failure_hidden || kind == &diag::failure_defeated;
}

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

std::vector<Weakness> weaknesses(const sema::Element& element) {
  std::vector<Weakness> found;
  const sema::Value* run = element.property("run");
  if (run != nullptr && run->as<sema::TextValue>() != nullptr && !is_of_the_library(element, "run") &&
      !does_nothing(*run, element)) {
    const Reading reading = read_command(element, run->text());
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
  }
  if (element.checks() && element.retries > 0 && !is_of_the_library(element, "retries"))
    found.push_back({&diag::gate_retries, element.property_span("retries"),
                     "a check that fails now and then passes by and by"});
  std::stable_sort(found.begin(), found.end(), [](const Weakness& a, const Weakness& b) {
    return a.kind->info->severity > b.kind->info->severity;
  });
  return found;
}

}  // namespace pipec::rules
