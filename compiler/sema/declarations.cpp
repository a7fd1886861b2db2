#include "compiler/sema/declarations.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "compiler/sema/evaluate.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

namespace pipec::sema {
namespace {

// Names of these kinds may not be declared twice in a module; each letter is a space of its own.
int space_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::capability:
    case EntityKind::definition: return 0;
    case EntityKind::profile: return 1;
    case EntityKind::let: return 2;
    case EntityKind::variant: return 3;
    case EntityKind::group: return 4;
    case EntityKind::stage_definition: return 5;
    case EntityKind::pipeline: return 6;
    case EntityKind::runbook: return 7;
    case EntityKind::target: return 8;
  }
  return 0;
}

// Nothing for a declaration without a name.
std::optional<EntityKind> kind_of(const ast::Declaration& declaration) {
  struct Visitor {
    std::optional<EntityKind> operator()(const ast::Let&) const { return EntityKind::let; }
    std::optional<EntityKind> operator()(const ast::Variant&) const { return EntityKind::variant; }
    std::optional<EntityKind> operator()(const ast::Capability&) const { return EntityKind::capability; }
    std::optional<EntityKind> operator()(const ast::Profile&) const { return EntityKind::profile; }
    std::optional<EntityKind> operator()(const ast::PeopleGroup&) const { return EntityKind::group; }
    std::optional<EntityKind> operator()(const ast::Element&) const { return EntityKind::definition; }
    std::optional<EntityKind> operator()(const ast::StageDefinition&) const { return EntityKind::stage_definition; }
    std::optional<EntityKind> operator()(const ast::Pipeline&) const { return EntityKind::pipeline; }
    std::optional<EntityKind> operator()(const ast::Test&) const { return std::nullopt; }
    std::optional<EntityKind> operator()(const ast::Runbook&) const { return EntityKind::runbook; }
    std::optional<EntityKind> operator()(const ast::TargetDecl&) const { return EntityKind::target; }
  };
  return std::visit(Visitor(), declaration);
}

std::string string_of(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name && value.as<TextValue>() != nullptr) return value.text();
  }
  return {};
}

std::vector<std::string> strings_of(const NamedValues& values, std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : values) {
    if (key != name) continue;
    for (const Value& item : value.items()) texts.push_back(item.text());
  }
  return texts;
}

template <class T>
const T* get(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value.template as<T>();
  }
  return nullptr;
}

}  // namespace

const Constructor* VariantType::find(std::string_view constructor) const {
  for (const Constructor& candidate : constructors) {
    if (candidate.name == constructor) return &candidate;
  }
  return nullptr;
}

const TargetBlock* Target::find_block(std::string_view block) const {
  for (const TargetBlock& candidate : blocks) {
    if (candidate.name == block) return &candidate;
  }
  return nullptr;
}

bool Capability::is(const Capability& other) const {
  for (const Capability* capability = this; capability != nullptr; capability = capability->parent) {
    if (capability == &other) return true;
  }
  return false;
}

Declarations::Declarations(const ProgramInput& input, TypeTable& types, DiagnosticSink& sink)
    : input_(input), types_(types), sink_(sink) {
  for (const ModuleInput& module : input.modules) {
    modules_.push_back(std::make_unique<Module>());
    modules_.back()->name = module.name;
    modules_.back()->standard = module.standard;
  }
  for (size_t i = 0; i < input.modules.size(); ++i) declare(i);
  for (size_t i = 0; i < input.modules.size(); ++i) import_names(i);
}

void Declarations::declare(size_t index) {
  Module& module = *modules_[index];
  for (const SourceFile& file : input_.modules[index].files) {
    for (const ast::Declaration& declaration : file.file->declarations) {
      const auto kind = kind_of(declaration);
      const ast::Name name = ast::name_of(declaration);
      if (!kind || name.empty()) continue;
      auto& named = module.own[name.text];
      const auto earlier = std::find_if(named.begin(), named.end(), [&](const Entity* entity) {
        return space_of(entity->kind) == space_of(*kind);
      });
      if (earlier != named.end()) {
        sink_.report(diag::declared_twice, name.span, name.text).label((*earlier)->span, "first declared here");
        continue;
      }
      named.push_back(&entities_.emplace_back(Entity{*kind, name.text, name.span, &module, &declaration}));
    }
  }
}

void Declarations::import_names(size_t index) {
  Module& module = *modules_[index];
  for (const SourceFile& file : input_.modules[index].files) {
    for (size_t i = 0; i < file.file->imports.size(); ++i) {
      const ast::Import& import = file.file->imports[i];
      if (file.imports[i] == no_module) continue;
      const Module& from = *modules_[file.imports[i]];
      for (const ast::ImportItem& item : import.items) {
        const auto found = from.own.find(item.name.text);
        if (found == from.own.end()) {
          module.imported.emplace(item.local().text, ImportedName{item.local().text, item.local().span, {}, true});
          std::vector<std::string_view> known;
          for (const auto& entry : from.own) known.push_back(entry.first);
          std::sort(known.begin(), known.end());
          auto report = sink_.report(diag::unknown_import, item.name.span, from.name, item.name.text);
          if (const auto likely = nearest(item.name.text, known)) report.replace(item.name.span, std::string(*likely));
          continue;
        }
        const ast::Name& local = item.local();
        const auto [entry, added] =
            module.imported.emplace(local.text, ImportedName{local.text, local.span, found->second});
        if (!added) {
          sink_.report(diag::declared_twice, local.span, local.text).label(entry->second.span, "first imported here");
        }
      }
    }
  }
}

const Entity* Declarations::find(const Module& module, std::string_view name,
                                 std::initializer_list<EntityKind> kinds) const {
  const auto pick = [&](const std::vector<const Entity*>& entities) -> const Entity* {
    for (const Entity* entity : entities) {
      if (std::find(kinds.begin(), kinds.end(), entity->kind) != kinds.end()) return entity;
    }
    return nullptr;
  };
  if (const auto own = module.own.find(name); own != module.own.end()) {
    if (const Entity* entity = pick(own->second)) return entity;
  }
  if (const auto imported = module.imported.find(name); imported != module.imported.end()) {
    if (const Entity* entity = pick(imported->second.entities)) {
      imported->second.used = true;
      return entity;
    }
  }
  if (&module == modules_[input_.prelude].get()) return nullptr;
  return find(prelude(), name, kinds);
}

bool Declarations::is_missing_import(const Module& module, std::string_view name) const {
  const auto imported = module.imported.find(name);
  return imported != module.imported.end() && imported->second.entities.empty();
}

std::vector<std::string_view> Declarations::visible(const Module& module,
                                                    std::initializer_list<EntityKind> kinds) const {
  std::vector<std::string_view> names;
  const auto collect = [&](std::string_view name, const std::vector<const Entity*>& entities) {
    for (const Entity* entity : entities) {
      if (std::find(kinds.begin(), kinds.end(), entity->kind) != kinds.end()) names.push_back(name);
    }
  };
  for (const auto& [name, entities] : module.own) collect(name, entities);
  for (const auto& [name, imported] : module.imported) collect(name, imported.entities);
  for (const auto& [name, entities] : prelude().own) collect(name, entities);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<const Entity*> Declarations::declared(const Module& module, EntityKind kind) const {
  std::vector<const Entity*> found;
  for (const Entity& entity : entities_) {
    if (entity.module == &module && entity.kind == kind) found.push_back(&entity);
  }
  return found;
}

const VariantType& Declarations::variant(const Entity& entity) {
  auto& slot = variants_[&entity];
  if (slot != nullptr) return *slot;
  const auto& node = std::get<ast::Variant>(*entity.node);
  slot = std::make_unique<VariantType>();
  VariantType& variant = *slot;
  variant.name = node.name.text;
  for (const ast::Constructor& constructor : node.constructors) {
    if (variant.find(constructor.name.text) != nullptr) {
      sink_.report(diag::declared_twice, constructor.name.span, constructor.name.text);
      continue;
    }
    variant.constructors.push_back(
        {constructor.name.text, resolve_parameters(constructor.parameters, *entity.module), constructor.doc});
  }
  if (variant.constructors.empty()) sink_.report(diag::empty_variant, entity.span, entity.name);
  return variant;
}

const VariantType& Declarations::prelude_variant(std::string_view name) {
  const Entity* entity = find(prelude(), name, {EntityKind::variant});
  PIPEC_CHECK(entity != nullptr);
  return variant(*entity);
}

const Type* Declarations::prelude_type(std::string_view name) {
  return types_.make({.kind = TypeKind::variant, .variant = &prelude_variant(name)});
}

const Constructor& Declarations::schema(std::string_view variant, std::string_view part) {
  const Constructor* constructor = prelude_variant(variant).find(part);
  PIPEC_CHECK(constructor != nullptr);
  return *constructor;
}

template <class T, class Build>
static const T* resolve_once(std::unordered_map<const Entity*, std::unique_ptr<T>>& table, const Entity& entity,
                             DiagnosticSink& sink, Build build) {
  const auto [slot, first] = table.try_emplace(&entity);
  if (!first) {
    if (slot->second == nullptr) sink.report(diag::circular_definition, entity.span, entity.name);
    return slot->second.get();
  }
  auto built = build(entity);
  T* result = built.get();
  table[&entity] = std::move(built);
  return result;
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
  if (const auto* timeout = get<Duration>(values, "timeout")) built->timeout = *timeout;
  if (const auto* checks = get<bool>(values, "checks")) built->checks = built->checks && *checks;
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
    const std::string_view kind =
        what.capability != nullptr ? to_string(what.capability->kind)
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
  const Group* found = resolve_once(groups_, entity, sink_, [&](const Entity& e) { return build_group(e); });
  return found == nullptr ? unknown : *found;
}

std::unique_ptr<Group> Declarations::build_group(const Entity& entity) {
  const auto& node = std::get<ast::PeopleGroup>(*entity.node);
  auto built = std::make_unique<Group>();
  built->entity = &entity;
  built->name = entity.name;
  built->span = node.head;
  std::vector<Parameter> parameters = schema("part", "group").parameters;
  const auto* people = types_.make({.kind = TypeKind::variant, .optional = true, .variant = &prelude_variant("people")});
  for (const Target* target : targets()) parameters.push_back({target->name, people, nullptr, &prelude(), {}, {}});
  Evaluator evaluator(*this);
  const NamedValues values = evaluator.bind(parameters, node.properties, {entity.module},
                                            fmt::format("group `{}`", entity.name), node.head);
  for (const auto& [name, value] : values) {
    if (name == "minimum") {
      if (const auto* minimum = value.as<int64_t>()) built->minimum = *minimum;
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
  return built;
}

const Target& Declarations::target(const Entity& entity) {
  static const Target unknown;
  const Target* found = resolve_once(targets_, entity, sink_, [&](const Entity& e) { return build_target(e); });
  return found == nullptr ? unknown : *found;
}

std::unique_ptr<Target> Declarations::build_target(const Entity& entity) {
  const auto& node = std::get<ast::TargetDecl>(*entity.node);
  auto built = std::make_unique<Target>();
  built->entity = &entity;
  built->name = entity.name;
  built->span = node.head;
  built->settings = resolve_parameters(node.parameters, *entity.module);
  for (const ast::TargetBlock& block : node.blocks) {
    built->blocks.push_back({block.name.text, resolve_parameters(block.parameters, *entity.module)});
  }
  Evaluator evaluator(*this);
  const NamedValues values =
      evaluator.bind(schema("declaration", "target").parameters, node.properties, {entity.module},
                     fmt::format("target `{}`", entity.name), node.head);
  built->title = string_of(values, "title");
  built->backend = string_of(values, "backend");
  built->people = string_of(values, "people");
  built->sources = strings_of(values, "sources");
  built->registries = strings_of(values, "registries");
  if (const auto* order = get<MemberValue>(values, "order")) {
    built->order = order->name == "levels" ? Target::Order::levels : Target::Order::graph;
  }
  if (const auto* fuse = get<bool>(values, "fuse_hotfix")) built->fuse_hotfix = *fuse;
  if (const auto* fuse = get<bool>(values, "fuse_production")) built->fuse_production = *fuse;
  if (const auto* accounts = get<bool>(values, "accounts")) built->accounts = *accounts;
  for (const auto& [name, value] : values) {
    if (name == "overhead") {
      const auto duration = [&](std::string_view part) {
        const Value* found = value.find(part);
        const auto* length = found == nullptr ? nullptr : found->as<Duration>();
        return length == nullptr ? Duration() : *length;
      };
      built->overhead = {duration("run"), duration("guard"), duration("stage"), duration("element"),
                         duration("deployment")};
    }
    if (name == "assumptions") {
      for (const Value& assumption : value.items()) {
        const Value* text = assumption.find("text");
        const Value* by = assumption.find("by");
        if (text != nullptr && by != nullptr) built->assumptions.emplace_back(text->text(), by->text());
      }
    }
    if (name == "limits") {
      for (const auto& [limit, number] : value.entries()) {
        if (const auto* count = number.as<int64_t>()) built->limits.emplace(limit, *count);
      }
    }
  }
  return built;
}

const std::vector<const Target*>& Declarations::targets() {
  if (!all_targets_) {
    all_targets_.emplace();
    for (const Entity* entity : declared(*modules_[input_.targets], EntityKind::target)) {
      all_targets_->push_back(&target(*entity));
    }
    std::sort(all_targets_->begin(), all_targets_->end(),
              [](const Target* a, const Target* b) { return a->name < b->name; });
  }
  return *all_targets_;
}

const Target* Declarations::find_target(std::string_view name) {
  for (const Target* target : targets()) {
    if (target->name == name) return target;
  }
  return nullptr;
}

const Type* Declarations::resolve_type(const ast::TypeExpr& type, const Module& module) {
  Type made;
  made.optional = type.optional;
  if (type.form == ast::TypeExpr::Form::record) {
    made.kind = TypeKind::record;
    for (const ast::TypeField& field : type.fields) {
      made.fields.push_back({field.name.text, resolve_type(field.type, module),
                             field.default_value ? &*field.default_value : nullptr});
    }
    return types_.make(std::move(made));
  }
  if (type.form == ast::TypeExpr::Form::enumeration) {
    made.kind = TypeKind::enumeration;
    for (const ast::Name& member : type.members) made.members.push_back(member.text);
    return types_.make(std::move(made));
  }
  using enum TypeKind;
  static const std::unordered_map<std::string_view, TypeKind> simple{
      {"string", string},     {"text", text},       {"command", command}, {"int", integer},
      {"bool", boolean},      {"duration", duration}, {"percent", percent}, {"size", size},
      {"date", date},         {"severity", severity}, {"account", account}, {"cron", cron},
      {"window", window},     {"url", url},         {"run_time", run_time}};
  static const std::unordered_map<std::string_view, Space> spaces{
      {"source", Space::source}, {"environment", Space::environment}, {"stage", Space::stage},
      {"element", Space::element}, {"route", Space::route},           {"target", Space::target},
      {"group", Space::group},   {"capability", Space::capability}};
  const std::string_view name = type.name.text;
  const auto takes = [&](size_t count) {
    const bool right = type.arguments.size() == count && !type.alternatives;
    constexpr std::array<std::string_view, 3> words{"no type argument", "one type argument", "two type arguments"};
    if (!right) sink_.report(diag::type_arguments, type.span, name, words[count]);
    return right;
  };
  const VariantType& outputs = prelude_variant("output");
  if (const auto found = simple.find(name); found != simple.end()) {
    if (!takes(0)) return types_.simple(TypeKind::error);
    if (!type.optional) return types_.simple(found->second);
    made.kind = found->second;
    made.members = types_.simple(found->second)->members;
  } else if (const auto space = spaces.find(name); space != spaces.end()) {
    if (!takes(0)) return types_.simple(TypeKind::error);
    made.kind = reference;
    made.space = space->second;
  } else if (name == "list" || name == "map") {
    if (!takes(name == "list" ? 1 : 2)) return types_.simple(TypeKind::error);
    made.kind = name == "list" ? list : map;
    made.item = resolve_type(type.arguments.back(), module);
  } else if (name == "artifact") {
    made.kind = artifact;
    for (const ast::TypeExpr& argument : type.arguments) {
      if (outputs.find(argument.name.text) == nullptr) {
        sink_.report(diag::unknown_name, argument.span, "artifact type", argument.name.text);
      }
      made.artifacts.push_back(argument.name.text);
    }
  } else if (outputs.find(name) != nullptr) {
    if (!takes(0)) return types_.simple(TypeKind::error);
    made.kind = artifact;
    made.artifacts.push_back(name);
  } else if (const Entity* entity = find(module, name, {EntityKind::variant})) {
    if (!takes(0)) return types_.simple(TypeKind::error);
    made.kind = TypeKind::variant;
    made.variant = &this->variant(*entity);
  } else {
    if (name.empty() || is_missing_import(module, name)) return types_.simple(TypeKind::error);
    std::vector<std::string_view> known = visible(module, {EntityKind::variant});
    for (const auto& entry : simple) known.push_back(entry.first);
    for (const auto& entry : spaces) known.push_back(entry.first);
    for (const Constructor& output : outputs.constructors) known.push_back(output.name);
    known.insert(known.end(), {"list", "map", "artifact"});
    std::sort(known.begin(), known.end());
    auto report = sink_.report(diag::unknown_name, type.name.span, "type", name);
    if (const auto likely = nearest(name, known)) report.replace(type.name.span, std::string(*likely));
    return types_.simple(TypeKind::error);
  }
  return types_.make(std::move(made));
}

std::vector<Parameter> Declarations::resolve_parameters(const std::vector<ast::Parameter>& parameters,
                                                        const Module& module) {
  std::vector<Parameter> resolved;
  for (const ast::Parameter& parameter : parameters) {
    const bool repeated = std::any_of(resolved.begin(), resolved.end(),
                                      [&](const Parameter& p) { return p.name == parameter.name.text; });
    if (repeated) {
      sink_.report(diag::declared_twice, parameter.name.span, parameter.name.text);
      continue;
    }
    resolved.push_back({parameter.name.text, resolve_type(parameter.type, module),
                        parameter.default_value ? &*parameter.default_value : nullptr, &module, parameter.doc,
                        parameter.span});
  }
  return resolved;
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

std::string Declarations::import_hint(std::string_view name) const {
  for (const StandardName& known : input_.standard_names) {
    if (known.name == name) return fmt::format("`import {} {{ {} }}` makes it visible", known.module, name);
  }
  return {};
}

const Capability* Declarations::find_capability(std::string_view name, const Module& module,
                                                const std::vector<const Module*>& vocabulary) {
  const Entity* entity = find(module, name, {EntityKind::capability});
  for (const Module* words : vocabulary) {
    if (entity == nullptr) entity = find(*words, name, {EntityKind::capability});
  }
  return entity == nullptr ? nullptr : &capability(*entity);
}

void Declarations::report_unused_imports() {
  std::vector<const ImportedName*> unused;
  for (const auto& [name, imported] : entry().imported) {
    if (!imported.used) unused.push_back(&imported);
  }
  std::sort(unused.begin(), unused.end(),
            [](const ImportedName* a, const ImportedName* b) { return a->span < b->span; });
  for (const ImportedName* name : unused) sink_.report(diag::unused_import, name->span, name->name);
}

}  // namespace pipec::sema
