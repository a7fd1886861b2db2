#include "compiler/diag/kinds/structure.h"
#include "compiler/sema/instance.h"

#include <map>

namespace pipec::sema {

std::vector<std::pair<std::string, Span>> Instance::variables_of(const ast::Field& env,
                                                                 const Source& source) {
  std::vector<std::pair<std::string, Span>> variables;
  if (const auto* record = std::get_if<ast::RecordExpr>(&env.value.node)) {
    for (const ast::Field& entry : record->fields)
      variables.emplace_back(entry.key.text, entry.span);
    return variables;
  }
  // A name stands for them. What is wrong with it is told already.
  const Key key{no_definition, "env"};
  Slot* slot = find(key);
  if (slot == nullptr || env.op == ast::AssignOp::unset || evaluate(key, *slot).is_error()) return variables;
  const Value value = evaluator_.evaluate(env.value, *slot->parameter->type, scope_of(source));
  for (const auto& [name, entry] : value.entries())
    variables.emplace_back(name, env.span);
  return variables;
}

void Instance::check_variables_of_definitions() {
  struct Setter {
    const Source* source = nullptr;
    Span at;
  };
  std::map<std::string, Setter> set;
  const auto check = [&](const std::string& name, Span at, const Source& source) {
    const auto before = set.find(name);
    if (before == set.end() || before->second.source == &source) return;
    sink_.report(diag::variable_of_definition, at, name, before->second.source->by)
        .label(before->second.at, "set here")
        .note(
            "what may differ is a parameter of the definition, or `fail_on`; for anything else write the "
            "command in the element")
        .fix("remove it", {});
  };
  const auto read = [&](const std::vector<ast::Field>& fields, const Source& source) {
    for (const ast::Field& field : fields) {
      if (field.key.text != "env") continue;
      if (field.op == ast::AssignOp::unset && !set.empty()) check(set.begin()->first, field.span, source);
      for (const auto& [name, at] : variables_of(field, source)) {
        check(name, at, source);
        if (source.definition != no_definition) set.emplace(name, Setter{&source, at});
      }
    }
  };
  for (const Source& source : sources_) {
    read(*source.fields, source);
    for (const ast::Lowering& lowering : *source.lowerings)
      read(lowering.properties, source);
  }
}

}  // namespace pipec::sema
