// Variables that make a shell or the loader of programs run something else than the command says, and those
// that would hold a credential of the file.
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/named_values.h"
#include "compiler/support/credential.h"
#include "compiler/support/reserved_variables.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

void check_credential(const Context& context, const std::string& name, const sema::Value& value) {
  const auto* text = value.as<sema::TextValue>();
  if (text == nullptr || !names_credential(name) || !is_plain_credential(text->text)) return;
  // Its form gave it away already.
  if (find_credential(text->text)) return;
  context.sink
      .report(diag::credential_literal, value.span, fmt::format("a credential: it is given to `{}`", name))
      .note(fmt::format("take it out of the file and its history, revoke it, and use `secrets = {{ {0} = "
                        "secret(\"{0}\") }}`",
                        name));
}

// On every target such a command works in a region that it is told: that of a deployment runs in each of its
// environment, and what has rights in an account acts there. Cells of `per_region` are judged with their
// other variables.
bool is_told_its_region(const sema::Element& element) {
  const auto grants = [](const sema::Value* access) {
    return access != nullptr && !access->is_error() && !access->items().empty();
  };
  const auto on_target = [&](const auto& lowering) {
    return grants(find(lowering.second.properties, "access"));
  };
  return element.kind == ast::ElementKind::deploy || grants(element.property("access")) ||
         std::any_of(element.lowerings.begin(), element.lowerings.end(), on_target);
}

void check(const Context& context, const sema::Element& element, const sema::Value& map) {
  for (const auto& [name, value] : map.entries()) {
    const bool region = name == region_variable && is_told_its_region(element);
    const std::string_view decides =
        region ? "in which region the command works" : decided_by(name, VariableOf::command);
    if (!decides.empty()) context.sink.report(diag::variable_of_the_shell, value.span, name, decides);
    check_credential(context, name, value);
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
          if (const sema::Value* value = element->property(map)) check(context, *element, *value);
          for (const auto& [target, lowering] : element->lowerings) {
            for (const auto& [name, value] : lowering.properties) {
              if (name == map) check(context, *element, value);
            }
          }
        }
      }
    }
  }
}

}  // namespace pipec::rules
