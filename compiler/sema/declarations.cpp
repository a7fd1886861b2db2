#include "compiler/sema/declarations.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/edit_imports.h"
#include "compiler/support/counters.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// Names of these kinds may not be declared twice in a module; each letter is a space of its own.
int space_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::capability:
    case EntityKind::definition:
      return 0;
    case EntityKind::profile:
      return 1;
    case EntityKind::let:
      return 2;
    case EntityKind::variant:
      return 3;
    case EntityKind::group:
      return 4;
    case EntityKind::stage_definition:
      return 5;
    case EntityKind::pipeline:
      return 6;
    case EntityKind::runbook:
      return 7;
    case EntityKind::target:
      return 8;
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
    std::optional<EntityKind> operator()(const ast::StageDefinition&) const {
      return EntityKind::stage_definition;
    }
    std::optional<EntityKind> operator()(const ast::Pipeline&) const { return EntityKind::pipeline; }
    std::optional<EntityKind> operator()(const ast::Test&) const { return std::nullopt; }
    std::optional<EntityKind> operator()(const ast::Severities&) const { return std::nullopt; }
    std::optional<EntityKind> operator()(const ast::Runbook&) const { return EntityKind::runbook; }
    std::optional<EntityKind> operator()(const ast::TargetDecl&) const { return EntityKind::target; }
  };
  return std::visit(Visitor(), declaration);
}

// Some of the names that are spelled nearly like `name`, the nearest first.
std::vector<std::string> near_names(std::string_view name, std::vector<std::string_view> known) {
  constexpr size_t most = 3;
  std::vector<std::string> near;
  while (near.size() < most) {
    const auto next = nearest(name, known);
    if (!next) break;
    near.emplace_back(*next);
    std::erase(known, *next);
  }
  return near;
}

}  // namespace

Declarations::Declarations(const ProgramInput& input, TypeTable& types, DiagnosticSink& sink)
    : input_(input), types_(types), sink_(sink) {
  for (const ModuleInput& module : input.modules) {
    modules_.push_back(std::make_unique<Module>());
    modules_.back()->name = module.name;
    modules_.back()->standard = module.standard;
  }
  for (size_t i = 0; i < input.modules.size(); ++i)
    declare(i);
  for (size_t i = 0; i < input.modules.size(); ++i)
    import_names(i);
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
        sink_.report(diag::declared_twice, name.span, name.text)
            .label((*earlier)->span, "first declared here");
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
          module.imported.emplace(item.local().text,
                                  ImportedName{item.local().text, item.local().span, {}, true});
          auto report = sink_.report(diag::unknown_import, item.name.span, from.name, item.name.text);
          if (!sink_.suggests()) continue;
          std::vector<std::string_view> known;
          for (const auto& entry : from.own)
            known.push_back(entry.first);
          std::sort(known.begin(), known.end());
          const auto near = near_names(item.name.text, known);
          if (near.empty()) continue;
          if (near.size() > 1) report.note(fmt::format("it offers {}", quoted_list(near)));
          report.replace(item.name.span, near.front());
          // Where the name is used as it should be written nothing else is wrong.
          const auto meant = from.own.find(near.front());
          if (!item.alias)
            module.imported.emplace(meant->first, ImportedName{meant->first, item.local().span, {}, true});
          continue;
        }
        const ast::Name& local = item.local();
        const auto [entry, added] =
            module.imported.emplace(local.text, ImportedName{local.text, local.span, found->second});
        // Files of a module share its names, so that several may say where one comes from.
        const bool another_file = entry->second.span.source != local.span.source;
        if (!added && !(another_file && entry->second.entities == found->second)) {
          sink_.report(diag::declared_twice, local.span, local.text)
              .label(entry->second.span, "first imported here");
        }
      }
    }
  }
}

size_t Declarations::capped(size_t count, std::string owner, std::string_view parts, Span span) {
  if (count <= max_parts) return count;
  sink_.report(diag::too_many_parts, span, std::move(owner), static_cast<int>(max_parts), parts);
  return max_parts;
}

bool Declarations::inherits(size_t parts, const Entity& entity) {
  if (exceeds(usage.inherited, parts, max_inherited))
    sink_.report(diag::inherits_too_much, entity.span, static_cast<int>(max_inherited));
  return usage.inherited <= max_inherited;
}

const Entity* Declarations::find(const Module& module, std::string_view name,
                                 std::initializer_list<EntityKind> kinds) const {
  ++counters.names;
  const auto pick = [&](const std::vector<const Entity*>& entities) -> const Entity* {
    for (const Entity* entity : entities) {
      if (std::find(kinds.begin(), kinds.end(), entity->kind) == kinds.end()) continue;
      entity->used = true;
      return entity;
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

bool Declarations::is_missing_import(const Module& module, std::string_view name) {
  const auto imported = module.imported.find(name);
  return imported != module.imported.end() && imported->second.entities.empty();
}

std::vector<std::string_view> Declarations::visible(const Module& module,
                                                    std::initializer_list<EntityKind> kinds,
                                                    std::string_view declared) const {
  std::vector<std::string_view> names;
  const auto collect = [&](std::string_view name, const std::vector<const Entity*>& entities) {
    for (const Entity* entity : entities) {
      if (std::find(kinds.begin(), kinds.end(), entity->kind) != kinds.end()) names.push_back(name);
    }
  };
  for (const auto& [name, entities] : module.own)
    collect(name, entities);
  for (const auto& [name, imported] : module.imported)
    collect(name, imported.entities);
  for (const auto& [name, entities] : prelude().own)
    collect(name, entities);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, declared);
  return names;
}

std::vector<const Entity*> Declarations::visible_entities(const Module& module,
                                                          std::initializer_list<EntityKind> kinds) const {
  std::vector<const Entity*> found;
  const auto collect = [&](const std::vector<const Entity*>& entities) {
    for (const Entity* entity : entities) {
      if (std::find(kinds.begin(), kinds.end(), entity->kind) != kinds.end()) found.push_back(entity);
    }
  };
  for (const auto& entry : module.own)
    collect(entry.second);
  for (const auto& entry : module.imported)
    collect(entry.second.entities);
  for (const auto& entry : prelude().own)
    collect(entry.second);
  const auto by_place = [](const Entity* a, const Entity* b) { return a->span < b->span; };
  std::sort(found.begin(), found.end(), by_place);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void Declarations::use(const Module& module, const Entity& entity) {
  entity.used = true;
  for (const auto& [name, imported] : module.imported) {
    const auto& entities = imported.entities;
    if (std::find(entities.begin(), entities.end(), &entity) != entities.end()) imported.used = true;
  }
}

std::vector<const Entity*> Declarations::declared(const Module& module, EntityKind kind) const {
  std::vector<const Entity*> found;
  for (const Entity& entity : entities_) {
    if (entity.module == &module && entity.kind == kind) found.push_back(&entity);
  }
  return found;
}

void Declarations::offer_import(DiagnosticBuilder& report, Span at, std::string_view name,
                                const Module& module, std::initializer_list<EntityKind> kinds) const {
  const auto fits = [&](const Entity* entity) {
    return std::find(kinds.begin(), kinds.end(), entity->kind) != kinds.end();
  };
  const auto place = std::find_if(modules_.begin(), modules_.end(),
                                  [&](const auto& other) { return other.get() == &module; });
  if (place == modules_.end()) return;
  const SourceFile& file = input_.modules[static_cast<size_t>(place - modules_.begin())].files.front();
  for (size_t i = 0; i < file.imports.size(); ++i) {
    const ast::Import& import = file.file->imports[i];
    if (file.imports[i] == no_module) continue;
    const Module& from = *modules_[file.imports[i]];
    const auto named = from.own.find(name);
    if (from.standard || named == from.own.end()) continue;
    if (std::none_of(named->second.begin(), named->second.end(), fits)) continue;
    report.note(fmt::format("`{}` declares it", from.name));
    if (const auto edit = add_name(import, name)) report.fix("import it too", {*edit});
    return;
  }
  std::vector<std::string_view> names;
  for (const StandardName& standard : input_.standard_names) {
    // What needs no import is among the names that are visible.
    if (standard.module != "prelude") names.push_back(standard.name);
  }
  const auto likely = nearest(name, names);
  if (!likely) return;
  const auto known = std::find_if(input_.standard_names.begin(), input_.standard_names.end(),
                                  [&](const StandardName& standard) { return standard.name == *likely; });
  const bool misspelt = *likely != name;
  const std::string import = fmt::format("import {} {{ {} }}", known->module, *likely);
  report.note(misspelt ? fmt::format("`{}` makes `{}` visible", import, *likely)
                       : fmt::format("`{}` makes it visible", import));
  if (module.standard) return;
  const auto edit = add_import(*file.file, known->module, *likely);
  if (!edit) return;
  std::vector<Edit> edits{*edit};
  if (misspelt) edits.push_back({at, std::string(*likely)});
  const std::string write = misspelt ? fmt::format(" and write `{}`", *likely) : "";
  report.fix(fmt::format("add `{}`{}", import, write), std::move(edits));
}

void Declarations::report_unused_declarations() {
  const auto what = [](EntityKind kind) -> std::string_view {
    if (kind == EntityKind::let) return "constant";
    if (kind == EntityKind::group) return "group";
    if (kind == EntityKind::capability) return "capability";
    if (kind == EntityKind::definition) return "definition";
    return kind == EntityKind::stage_definition ? "reusable stage" : "";
  };
  for (const Entity& entity : entities_) {
    if (entity.module != &entry() || entity.used || what(entity.kind).empty()) continue;
    sink_.report(diag::unused_declaration, entity.span, what(entity.kind), entity.name);
  }
}

void Declarations::report_unused() {
  std::vector<const ImportedName*> unused;
  for (const auto& [name, imported] : entry().imported) {
    if (!imported.used) unused.push_back(&imported);
  }
  std::sort(unused.begin(), unused.end(),
            [](const ImportedName* a, const ImportedName* b) { return a->span < b->span; });
  // What could not be understood may be what uses the name.
  if (sink_.has_errors()) return;
  const ast::File& file = *input_.modules[input_.entry].files.front().file;
  for (const ImportedName* name : unused) {
    auto report = sink_.report(diag::unused_import, name->span, name->name);
    if (const auto edit = remove_import(file, name->span)) report.fix("remove it", {*edit}, true);
  }
  // A file with a base, or without any pipeline, is there for others to import from.
  const auto pipelines = declared(entry(), EntityKind::pipeline);
  const bool is_library =
      pipelines.empty() || std::any_of(pipelines.begin(), pipelines.end(), [](const Entity* pipeline) {
        return std::get<ast::Pipeline>(*pipeline->node).is_base;
      });
  if (!is_library) report_unused_declarations();
}

}  // namespace pipec::sema
