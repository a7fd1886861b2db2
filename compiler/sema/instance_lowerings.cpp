#include "compiler/diag/kinds/targets.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/instance.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// What a target may have by itself: the command, and what that needs around it.
bool may_differ(std::string_view property) {
  constexpr auto properties = std::to_array<std::string_view>(
      {"use", "run", "undo", "shell", "compute", "privileged", "env", "secrets", "working_directory",
       "runtime", "tools", "services", "cache", "access", "reports"});
  return std::find(properties.begin(), properties.end(), property) != properties.end();
}

}  // namespace

void Instance::report_unknown_target(const ast::Name& name) {
  std::vector<std::string_view> known;
  for (const Target* candidate : declarations_.targets())
    known.push_back(candidate->name);
  auto report = sink_.report(diag::unknown_name, name.span, "target", name.text);
  if (const auto likely = nearest(name.text, known)) report.replace(name.span, std::string(*likely));
}

Instance::TargetProperties Instance::collect_lowerings(Element& element) {
  TargetProperties by_target;
  for (const Source& source : sources_) {
    for (const ast::Lowering& lowering : *source.lowerings) {
      const Target* target = declarations_.find_target(lowering.target.text);
      if (target == nullptr) {
        report_unknown_target(lowering.target);
        continue;
      }
      TargetLowering& built = element.lowerings[std::string(target->name)];
      built.span = lowering.span;
      if (source.definition == no_definition) element.escape_hatches.push_back({lowering.span, source.by});
      for (const ast::Field& field : lowering.properties) {
        const bool known = field.key.text == "use" || find({no_definition, field.key.text}) != nullptr;
        if (known && !may_differ(field.key.text)) {
          sink_.report(diag::not_by_target, field.span, std::string(field.key.text), target->name);
        } else if (known) {
          by_target[target->name][field.key.text].push_back({&field, &source});
        } else {
          auto names = known_properties(chain_.size());
          names.emplace_back("use");
          evaluator_.report_unknown_property(field.key, fmt::format("`on {}`", target->name), names);
        }
      }
    }
  }
  return by_target;
}

void Instance::lower(Element& element) {
  for (const auto& [target_name, properties] : collect_lowerings(element)) {
    TargetLowering& built = element.lowerings[std::string(target_name)];
    for (const auto& [property, chosen] : properties) {
      const ChosenProperty& last = chosen.back();
      if (property == "use") {
        const Type* block = declarations_.types().make(
            {.kind = TypeKind::block, .target = declarations_.find_target(target_name)});
        Value value = evaluator_.evaluate(last.field->value, *block, scope_of(*last.source));
        collect_uses(value, element);
        if (!value.is_error()) built.block = std::move(value);
        continue;
      }
      const Key key{no_definition, property};
      Slot& slot = *find(key);
      Value value = evaluate(key, slot);
      for (const ChosenProperty& each : chosen) {
        const Scope scope = scope_of(*each.source);
        if (slot.parameter->type->kind == TypeKind::map) {
          value = fold_map(*slot.parameter, value, *each.field, scope, {});
        } else {
          value = evaluator_.evaluate(each.field->value, *slot.parameter->type, scope);
        }
      }
      collect_uses(value, element);
      if (!value.is_error()) built.properties.emplace_back(property, std::move(value));
    }
  }
}

}  // namespace pipec::sema
