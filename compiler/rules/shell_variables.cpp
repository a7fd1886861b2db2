// Variables that make a shell or the loader of programs run something else than the command says.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <algorithm>
#include <array>
#include <set>

namespace pipec::rules {
namespace {

struct Variable {
  // A prefix when it ends with `_`.
  std::string_view name;
  std::string_view decides;
};

// bash(1), "Shell Variables" and "Invocation"; ld.so(8).
constexpr auto variables = std::to_array<Variable>({
    {"LD_", "what is loaded into every program"},
    {"DYLD_", "what is loaded into every program"},
    {"BASH_ENV", "what runs before every command"},
    {"ENV", "what runs before every command"},
    {"BASH_FUNC_", "what the names of commands mean"},
    {"BASHOPTS", "how every command is read"},
    {"SHELLOPTS", "how every command is read"},
    {"IFS", "how every command is split into words"},
    {"PS4", "what runs when commands are traced"},
    {"PATH", "which programs are found"},
    {"HOME", "where programs look for their settings"},
});

const Variable* find_variable(std::string_view name) {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const Variable& variable) {
    return variable.name.ends_with('_') ? name.starts_with(variable.name) : name == variable.name;
  });
  return found == variables.end() ? nullptr : &*found;
}

void check(const Context& context, const sema::Value& map) {
  for (const auto& [name, value] : map.entries()) {
    const Variable* variable = find_variable(name);
    if (variable != nullptr)
      context.sink.report(diag::variable_of_the_shell, value.span, name, variable->decides);
  }
}

}  // namespace

void shell_variables(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (!seen.insert(element.get()).second) continue;
        for (const std::string_view map : {"env", "secrets"}) {
          if (const sema::Value* value = element->property(map)) check(context, *value);
          for (const auto& [target, lowering] : element->lowerings) {
            for (const auto& [name, value] : lowering.properties) {
              if (name == map) check(context, value);
            }
          }
        }
      }
    }
  }
}

}  // namespace pipec::rules
