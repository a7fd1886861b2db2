#include "compiler/sema/declarations.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/property_values.h"
#include "compiler/sema/resolve_once.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {

const TargetBlock* Target::find_block(std::string_view block) const {
  for (const TargetBlock& candidate : blocks) {
    if (candidate.name == block) return &candidate;
  }
  return nullptr;
}

const Target& Declarations::target(const Entity& entity) {
  static const Target unknown;
  const Target* found =
      resolve_once(targets_, entity, sink_, waiting_, [&](const Entity& e) { return build_target(e); });
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
  if (const auto* order = get_if<MemberValue>(values, "order")) {
    built->order = order->name == "levels" ? Target::Order::levels : Target::Order::graph;
  }
  if (const auto* fuse = get_if<bool>(values, "fuse_hotfix")) built->fuse_hotfix = *fuse;
  if (const auto* fuse = get_if<bool>(values, "fuse_production")) built->fuse_production = *fuse;
  if (const auto* fuse = get_if<bool>(values, "fuse_always")) built->fuse_always = *fuse;
  if (const auto* accounts = get_if<bool>(values, "accounts")) built->accounts = *accounts;
  for (const auto& [name, value] : values) {
    if (name == "overhead") {
      const auto duration = [&overhead = value](std::string_view part) {
        const Value* found = overhead.find(part);
        const auto* length = found == nullptr ? nullptr : found->as<Duration>();
        return length == nullptr ? Duration() : *length;
      };
      built->overhead = {duration("run"),     duration("guard"),      duration("stage"),
                         duration("element"), duration("deployment"), duration("service")};
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

}  // namespace pipec::sema
