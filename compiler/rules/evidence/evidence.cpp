#include "compiler/rules/evidence/evidence.h"

#include "compiler/diag/kinds/profiles.h"

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

std::string_view base_name(std::string_view word) {
  const size_t slash = word.rfind('/');
  return slash == std::string_view::npos ? word : word.substr(slash + 1);
}

void add_call(const ShellCommand& command, const sema::Program& program, std::vector<Call>& calls) {
  const auto& words = command.words;
  // What another program starts is its argument: `npx eslint`, `python3 -m pytest`.
  const auto name = std::find_if(words.begin(), words.end(),
                                 [&](const std::string& word) { return base_name(word) == program.name; });
  if (name == words.end()) return;
  std::vector<std::string> arguments(name + 1, words.end());
  const bool wanted =
      program.with.empty() ||
      std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return std::find(program.with.begin(), program.with.end(), argument) != program.with.end();
      });
  if (wanted) calls.push_back({command, program, std::move(arguments)});
}

}  // namespace

bool Weakness::refutes() const {
  return kind == &diag::examines_nothing || kind == &diag::failure_hidden || kind == &diag::failure_defeated;
}

bool knows_programs(const sema::Element& element) {
  return std::any_of(element.capabilities.begin(), element.capabilities.end(),
                     [](const sema::Capability* capability) { return !capability->commands.empty(); });
}

std::vector<Call> known_calls(const OwnCommand& own) {
  std::vector<Call> calls;
  for (const ShellCommand& command : own.commands) {
    // It names programs, and calls none.
    if (!command.words.empty() && (command.words.front() == "echo" || command.words.front() == "printf"))
      continue;
    for (const sema::Capability* capability : own.element.capabilities) {
      for (const sema::Program& program : capability->commands)
        add_call(command, program, calls);
    }
  }
  return calls;
}

std::vector<Weakness> weaknesses(const sema::Element& element) {
  std::vector<Weakness> found;
  const sema::Value* run = element.property("run");
  if (run != nullptr && run->as<sema::TextValue>() != nullptr && !is_of_the_library(element, "run") &&
      !does_nothing(*run, element)) {
    const OwnCommand own{element, element.property_span("run"), shell_commands(run->text())};
    check_status(own, found);
    check_flags(own, found);
    if (found.empty() && knows_programs(element) && known_calls(own).empty())
      found.push_back({&diag::no_known_program, own.at,
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
