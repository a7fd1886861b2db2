#include "compiler/sema/declarations.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/property_values.h"
#include "compiler/sema/resolve_once.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {

bool Capability::is(const Capability& other) const {
  for (const Capability* capability = this; capability != nullptr; capability = capability->parent) {
    if (capability == &other) return true;
  }
  return false;
}

const Capability& Declarations::capability(const Entity& entity) {
  static const Capability unknown;
  const Capability* found =
      resolve_once(capabilities_, entity, sink_, [&](const Entity& e) { return build_capability(e); });
  return found == nullptr ? unknown : *found;
}

std::unique_ptr<Capability> Declarations::build_capability(const Entity& entity) {
  const auto& node = std::get<ast::Capability>(*entity.node);
  auto built = std::make_unique<Capability>();
  built->entity = &entity;
  built->name = entity.name;
  built->kind = node.kind;
  built->parameters = resolve_parameters(node.parameters, *entity.module);
  if (node.parent) {
    const Entity* parent = find(*entity.module, node.parent->text(), {EntityKind::capability});
    if (parent == nullptr) {
      sink_.report(diag::unknown_name, node.parent->span, "capability", node.parent->text());
    } else {
      built->parent = &capability(*parent);
      if (built->parent->kind != built->kind) {
        sink_.report(diag::wrong_kind, node.parent->span, to_string(built->kind), entity.name,
                     to_string(built->parent->kind), parent->name);
      }
      built->timeout = built->parent->timeout;
      built->checks = built->parent->checks;
      for (const Parameter& parameter : built->parent->parameters) {
        const bool own = std::any_of(built->parameters.begin(), built->parameters.end(),
                                     [&](const Parameter& p) { return p.name == parameter.name; });
        if (!own) built->parameters.push_back(parameter);
      }
    }
  }
  Evaluator evaluator(*this);
  const NamedValues values =
      evaluator.bind(schema("declaration", "capability").parameters, node.properties, {entity.module},
                     fmt::format("capability `{}`", entity.name), node.head);
  built->title = string_of(values, "title");
  if (built->title.empty()) built->title = entity.name;
  built->description = string_of(values, "description");
  built->tools = strings_of(values, "tools");
  if (const auto* timeout = get_if<Duration>(values, "timeout")) built->timeout = *timeout;
  if (const auto* checks = get_if<bool>(values, "checks")) built->checks = built->checks && *checks;
  return built;
}

const Definition& Declarations::definition(const Entity& entity) {
  static const ast::Element no_node;
  static const Definition unknown{.node = &no_node};
  const Definition* found =
      resolve_once(definitions_, entity, sink_, [&](const Entity& e) { return build_definition(e); });
  return found == nullptr ? unknown : *found;
}

std::unique_ptr<Definition> Declarations::build_definition(const Entity& entity) {
  const auto& node = std::get<ast::Element>(*entity.node);
  auto built = std::make_unique<Definition>();
  built->entity = &entity;
  built->name = entity.name;
  built->node = &node;
  built->parameters = resolve_parameters(node.parameters, *entity.module);
  if (node.what.empty()) sink_.report(diag::definition_without_capability, node.head, entity.name);
  for (const ast::Path& path : node.what) {
    const What what = resolve_what(path, *entity.module, {});
    const std::string_view kind = what.capability != nullptr   ? to_string(what.capability->kind)
                                  : what.definition != nullptr ? to_string(what.definition->node->kind)
                                                               : to_string(node.kind);
    if (kind != to_string(node.kind)) {
      sink_.report(diag::wrong_kind, path.span, to_string(node.kind), entity.name, kind, path.text());
    } else if (what.capability != nullptr) {
      built->capabilities.push_back(what.capability);
    } else if (what.definition != nullptr) {
      if (built->base != nullptr) sink_.report(diag::two_definitions, path.span, entity.name);
      built->base = what.definition;
      const auto& inherited = what.definition->capabilities;
      built->capabilities.insert(built->capabilities.end(), inherited.begin(), inherited.end());
    }
  }
  return built;
}

What Declarations::resolve_what(const ast::Path& path, const Module& module,
                                const std::vector<const Module*>& vocabulary) {
  const auto kinds = {EntityKind::capability, EntityKind::definition};
  const std::string name = path.text();
  const Entity* entity = find(module, name, kinds);
  for (const Module* words : vocabulary) {
    const Entity* from_profile = find(*words, name, kinds);
    if (from_profile == nullptr || from_profile == entity) continue;
    if (entity != nullptr && entity->module != from_profile->module) {
      sink_.report(diag::ambiguous_name, path.span, name).label(entity->span, "one is declared here");
      break;
    }
    entity = from_profile;
  }
  if (entity == nullptr) {
    if (name.empty() || is_missing_import(module, name)) return {};
    std::vector<std::string_view> known = visible(module, kinds);
    for (const Module* words : vocabulary) {
      const auto more = visible(*words, kinds);
      known.insert(known.end(), more.begin(), more.end());
    }
    auto report = sink_.report(diag::unknown_name, path.span, "capability or definition", name);
    if (const auto likely = nearest(name, known)) {
      report.replace(path.span, std::string(*likely));
    } else if (const std::string hint = import_hint(name); !hint.empty()) {
      report.note(hint);
    }
    return {};
  }
  if (entity->kind == EntityKind::capability) return {&capability(*entity), nullptr};
  const Definition& found = definition(*entity);
  if (found.entity == nullptr) return {};
  return {nullptr, &found};
}

const Capability* Declarations::find_capability(std::string_view name, const Module& module,
                                                const std::vector<const Module*>& vocabulary) {
  const Entity* entity = find(module, name, {EntityKind::capability});
  for (const Module* words : vocabulary) {
    if (entity == nullptr) entity = find(*words, name, {EntityKind::capability});
  }
  return entity == nullptr ? nullptr : &capability(*entity);
}

}  // namespace pipec::sema
