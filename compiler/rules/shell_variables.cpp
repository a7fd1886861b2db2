// Variables that make a shell or the loader of programs run something else than the command says.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"
#include "compiler/support/reserved_variables.h"

#include <set>

namespace pipec::rules {
namespace {

void check(const Context& context, const sema::Value& map) {
  for (const auto& [name, value] : map.entries()) {
    const std::string_view decides = decided_by(name, VariableOf::command);
    if (!decides.empty()) context.sink.report(diag::variable_of_the_shell, value.span, name, decides);
  }
}

}  // namespace

void shell_variables(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (!seen.insert(element.get()).second) continue;
        for (const std::string_view map : {"env", "secrets", "matrix"}) {
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
