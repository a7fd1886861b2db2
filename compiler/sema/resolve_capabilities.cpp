#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/declarations.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/property_values.h"
#include "compiler/sema/resolve_once.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

std::vector<Program> programs_of(const Value& list) {
  std::vector<Program> programs;
  for (const Value& item : list.items()) {
    const NamedValues& arguments = item.entries();
    Program& program = programs.emplace_back();
    program.name = string_of(arguments, "name");
    program.with = strings_of(arguments, "with");
    program.idle = strings_of(arguments, "idle");
    program.needs = strings_of(arguments, "needs");
    program.defeated_by = strings_of(arguments, "defeated_by");
    program.severities = string_of(arguments, "severities");
    program.ignores = strings_of(arguments, "ignores");
    program.ignore_flags = strings_of(arguments, "ignore_flags");
    program.more_ignore_flags = strings_of(arguments, "more_ignore_flags");
    if (const Value* variables = item.find("variables")) {
      for (const auto& [name, flag] : variables->entries())
        program.variables.emplace_back(name, flag.text());
    }
    if (const auto* fetches = get_if<bool>(arguments, "fetches")) program.fetches = *fetches;
    if (const auto* verifies = get_if<bool>(arguments, "verifies")) program.verifies = *verifies;
  }
  return programs;
}

}  // namespace

bool Capability::is(const Capability& other) const {
  for (const Capability* capability = this; capability != nullptr; capability = capability->parent) {
    if (capability == &other) return true;
  }
  return false;
}

const Capability& Declarations::capability(const Entity& entity) {
  static const Capability unknown;
  const Capability* found = resolve_once(capabilities_, entity, sink_, waiting_,
                                         [&](const Entity& e) { return build_capability(e); });
  return found == nullptr ? unknown : *found;
}

void Declarations::extend(Capability& built, const ast::Path& path) {
  const Entity& entity = *built.entity;
  const Entity* named = find(*entity.module, path.text(), {EntityKind::capability});
  if (named == nullptr) {
    sink_.report(diag::unknown_name, path.span, "capability", path.text());
    return;
  }
  const Capability& parent = capability(*named);
  // What could not be resolved was reported there.
  if (parent.entity == nullptr) return;
  if (parent.depth >= max_chain) {
    sink_.report(diag::chain_too_long, entity.span, entity.name, static_cast<int>(max_chain));
    return;
  }
  if (parent.kind != built.kind) {
    sink_.report(diag::wrong_kind, path.span, to_string(built.kind), entity.name, to_string(parent.kind),
                 parent.name);
  }
  built.parent = &parent;
  built.depth = parent.depth + 1;
  built.timeout = parent.timeout;
  built.checks = parent.checks;
  built.security = parent.security;
  built.commands = parent.commands;
  if (!inherits(parent.parameters.size(), entity)) return;
  std::set<std::string_view> own;
  for (const Parameter& parameter : built.parameters)
    own.insert(parameter.name);
  for (const Parameter& parameter : parent.parameters) {
    if (!own.contains(parameter.name)) built.parameters.push_back(parameter);
  }
}

std::unique_ptr<Capability> Declarations::build_capability(const Entity& entity) {
  const auto& node = std::get<ast::Capability>(*entity.node);
  auto built = std::make_unique<Capability>();
  built->entity = &entity;
  built->name = entity.name;
  built->kind = node.kind;
  built->parameters = resolve_parameters(node.parameters, *entity.module);
  if (node.parent) extend(*built, *node.parent);
  Evaluator evaluator(*this);
  const NamedValues values =
      evaluator.bind(schema("declaration", "capability").parameters, node.properties, {entity.module},
                     fmt::format("capability `{}`", entity.name), node.head);
  built->title = string_of(values, "title");
  if (built->title.empty()) built->title = entity.name;
  built->description = string_of(values, "description");
  built->tools = strings_of(values, "tools");
  // Those that it names itself stand in place of those of its parent.
  for (const auto& [name, value] : values) {
    if (name == "commands" && !value.items().empty()) built->commands = programs_of(value);
  }
  if (node.kind == ast::CapabilityKind::gate || node.kind == ast::CapabilityKind::action)
    built->general = &general_programs();
  if (const auto* timeout = get_if<Duration>(values, "timeout")) built->timeout = *timeout;
  if (const auto* checks = get_if<bool>(values, "checks")) {
    if (built->parent != nullptr && built->parent->checks && !*checks)
      sink_.report(diag::examines_less, node.head, entity.name, built->parent->name)
          .label(built->parent->entity->span, "examines something");
    built->checks = built->checks && *checks;
  }
  if (const auto* security = get_if<bool>(values, "security")) built->security = built->security || *security;
  built->questions = strings_of(values, "questions");
  return built;
}

Value Declarations::prelude_constant(std::string_view name) {
  const Entity* entity = find(prelude(), name, {EntityKind::let});
  PIPEC_CHECK(entity != nullptr);
  const auto& node = std::get<ast::Let>(*entity->node);
  const Type* type = resolve_type(node.type, prelude());
  return Evaluator(*this).evaluate(node.value, *type, {&prelude()});
}

const std::vector<Program>& Declarations::general_programs() {
  if (general_programs_) return *general_programs_;
  general_programs_.emplace();
  general_programs_ = programs_of(prelude_constant("general_programs"));
  std::stable_sort(general_programs_->begin(), general_programs_->end(),
                   [](const Program& a, const Program& b) { return a.name < b.name; });
  return *general_programs_;
}

const Definition& Declarations::definition(const Entity& entity) {
  static const ast::Element no_node;
  static const Definition unknown{.node = &no_node};
  const Definition* found = resolve_once(definitions_, entity, sink_, waiting_,
                                         [&](const Entity& e) { return build_definition(e); });
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
  if (node.what.size() > max_capabilities) {
    sink_.report(diag::too_many_parts, node.head, fmt::format("`{}`", entity.name),
                 static_cast<int>(max_capabilities), "capabilities");
    return built;
  }
  for (const ast::Path& path : node.what) {
    const What what = resolve_what(path, *entity.module, {}, true, entity.name);
    const std::string_view kind = what.capability != nullptr   ? to_string(what.capability->kind)
                                  : what.definition != nullptr ? to_string(what.definition->node->kind)
                                                               : to_string(node.kind);
    if (kind != to_string(node.kind)) {
      sink_.report(diag::wrong_kind, path.span, to_string(node.kind), entity.name, kind, path.text());
    } else if (what.capability != nullptr) {
      built->capabilities.push_back(what.capability);
    } else if (what.definition != nullptr) {
      if (built->base != nullptr) sink_.report(diag::two_definitions, path.span, entity.name);
      if (what.definition->depth >= max_chain) {
        sink_.report(diag::chain_too_long, entity.span, entity.name, static_cast<int>(max_chain));
        continue;
      }
      built->base = what.definition;
      built->depth = what.definition->depth + 1;
      const auto& inherited = what.definition->capabilities;
      built->capabilities.insert(built->capabilities.end(), inherited.begin(), inherited.end());
    }
  }
  return built;
}

What Declarations::resolve_what(const ast::Path& path, const Module& module,
                                const std::vector<const Module*>& vocabulary, bool words_known,
                                std::string_view declared) {
  const auto kinds = {EntityKind::capability, EntityKind::definition};
  const std::string name = path.text();
  const Entity* entity = find(module, name, kinds);
  for (const Module* words : vocabulary) {
    const Entity* from_profile = find(*words, name, kinds);
    if (from_profile == nullptr || from_profile == entity) continue;
    if (entity != nullptr) {
      sink_.report(diag::ambiguous_name, path.span, name).label(entity->span, "one is declared here");
      break;
    }
    entity = from_profile;
  }
  if (entity == nullptr) {
    if (name.empty() || !words_known || is_missing_import(module, name)) return {};
    auto report = sink_.report(diag::unknown_name, path.span, "capability or definition", name);
    if (!sink_.suggests()) return {};
    std::vector<std::string_view> known = visible(module, kinds, declared);
    for (const Module* words : vocabulary) {
      const auto more = visible(*words, kinds);
      known.insert(known.end(), more.begin(), more.end());
    }
    if (const auto likely = nearest(name, known)) {
      report.replace(path.span, std::string(*likely));
    } else {
      offer_import(report, path.span, name, module, kinds);
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

const std::vector<Settable>& Declarations::settables(ast::ElementKind kind,
                                                     const std::vector<const Capability*>& fulfils,
                                                     const Definition* definition) {
  const auto [found, added] = settables_.try_emplace({kind, fulfils, definition});
  std::vector<Settable>& settables = found->second;
  if (!added) return settables;
  const auto add = [&](size_t place, const std::vector<Parameter>& parameters) {
    for (const Parameter& parameter : parameters)
      settables.push_back({{place, parameter.name}, &parameter});
  };
  add(Settable::of_element, schema("element", "element").parameters);
  add(Settable::of_element, schema("element", to_string(kind)).parameters);
  for (const Capability* capability : fulfils)
    add(Settable::of_element, capability->parameters);
  for (size_t place = 0; definition != nullptr; definition = definition->base)
    add(place++, definition->parameters);
  // Of two with one name the later counts.
  std::reverse(settables.begin(), settables.end());
  std::stable_sort(settables.begin(), settables.end(),
                   [](const Settable& a, const Settable& b) { return a.key < b.key; });
  const auto same = [](const Settable& a, const Settable& b) { return a.key == b.key; };
  settables.erase(std::unique(settables.begin(), settables.end(), same), settables.end());
  return settables;
}

}  // namespace pipec::sema
