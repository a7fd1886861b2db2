#include "compiler/rules/evidence/evidence.h"

#include "compiler/diag/kinds/profiles.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

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

using Programs = std::unordered_multimap<std::string_view, const sema::Program*>;

// More words of a command are not looked at: nobody writes them.
constexpr size_t most_words = 1'000;

bool is_wanted(const sema::Program& program, std::span<const std::string> arguments) {
  return program.with.empty() ||
         std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
           return std::find(program.with.begin(), program.with.end(), argument) != program.with.end();
         });
}

void add_calls(const std::vector<std::string>& words, size_t command, const Programs& programs,
               std::vector<Call>& calls) {
  const std::span<const std::string> all = std::span(words).first(std::min(words.size(), most_words));
  std::unordered_set<const sema::Program*> seen;
  for (size_t i = 0; i < all.size(); ++i) {
    // What another program starts is its argument: `npx eslint`, `python3 -m pytest`.
    const auto [begin, end] = programs.equal_range(base_name(all[i]));
    for (auto program = begin; program != end; ++program) {
      const auto arguments = all.subspan(i + 1);
      if (seen.insert(program->second).second && is_wanted(*program->second, arguments))
        calls.push_back({command, program->second, arguments});
    }
  }
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
  Programs programs;
  for (const sema::Capability* capability : own.element.capabilities) {
    for (const sema::Program& program : capability->commands)
      programs.emplace(program.name, &program);
  }
  std::vector<Call> calls;
  for (size_t i = 0; i < own.commands.size(); ++i) {
    const std::vector<std::string>& words = own.commands[i].words;
    // These name programs, and call none.
    if (!words.empty() && words.front() != "echo" && words.front() != "printf")
      add_calls(words, i, programs, calls);
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
