#include "compiler/diag/kinds/types.h"
#include "compiler/sema/declarations.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/resolve_once.h"

#include <fmt/core.h>

namespace pipec::sema {

const ReusableStage& Declarations::reusable_stage(const Entity& entity) {
  auto& built = reusable_stages_[&entity];
  if (built == nullptr) {
    const auto& node = std::get<ast::StageDefinition>(*entity.node);
    built = std::make_unique<ReusableStage>(
        ReusableStage{&entity, &node.stage, resolve_parameters(node.parameters, *entity.module)});
  }
  return *built;
}

const Group& Declarations::group(const Entity& entity) {
  static const Group unknown;
  const Group* found =
      resolve_once(groups_, entity, sink_, waiting_, [&](const Entity& e) { return build_group(e); });
  return found == nullptr ? unknown : *found;
}

std::unique_ptr<Group> Declarations::build_group(const Entity& entity) {
  const auto& node = std::get<ast::PeopleGroup>(*entity.node);
  auto built = std::make_unique<Group>();
  built->entity = &entity;
  built->name = entity.name;
  built->span = node.head;
  std::vector<Parameter> parameters = schema("part", "group").parameters;
  const auto* people =
      types_.make({.kind = TypeKind::variant, .optional = true, .variant = &prelude_variant("people")});
  for (const Target* target : targets())
    parameters.push_back({target->name, people, nullptr, &prelude(), {}, {}});
  Evaluator evaluator(*this);
  const NamedValues values = evaluator.bind(parameters, node.properties, {entity.module},
                                            fmt::format("group `{}`", entity.name), node.head);
  bool minimum_known = true;
  for (const auto& [name, value] : values) {
    if (name == "minimum") {
      if (const auto* minimum = value.as<int64_t>()) built->minimum = *minimum;
      minimum_known = !value.is_error();
      continue;
    }
    if (value.is_error()) continue;
    const Target* target = find_target(name);
    const bool fits = target->people.empty() || value.text() == target->people;
    if (!fits) sink_.report(diag::wrong_people, value.span, name, target->people, value.text());
    built->identities.emplace(name, value);
  }
  if (built->minimum < 1) sink_.report(diag::empty_group, node.head, entity.name);
  for (const auto& [name, value] : built->identities) {
    const Value* users = value.find("names");
    if (users != nullptr && static_cast<int64_t>(users->items().size()) < built->minimum) {
      sink_.report(diag::group_too_small, value.span, entity.name, static_cast<int>(built->minimum),
                   static_cast<int>(users->items().size()));
    }
  }
  // What was meant is unknown: enough, so that nothing is reported because of it.
  if (!minimum_known) built->minimum = 2;
  return built;
}

}  // namespace pipec::sema
