#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/derive.h"
#include "compiler/sema/stage_use.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

Span keyword_of(const ast::Group& group) {
  constexpr std::array<std::string_view, 3> keywords{"parallel", "sequence", "always"};
  const size_t length = keywords[static_cast<size_t>(group.order)].size();
  return {group.span.source, group.span.begin, static_cast<uint32_t>(group.span.begin + length)};
}

}  // namespace

std::shared_ptr<RawElement> RawBuilder::element(const ast::Element& node, const std::string& stage) {
  auto raw = std::make_shared<RawElement>();
  raw->name = node.name.text;
  raw->stage = stage;
  raw->id = stage + "." + raw->name;
  raw->kind = node.kind;
  raw->node = &node;
  raw->module = &module_;
  raw->always = in_always_;
  raw->layers.push_back({&node.properties, &node.lowerings, &module_, "the element", use_});
  for (const ast::Parameter& parameter : node.parameters) {
    sink_.report(diag::parameter_not_here, parameter.span, "an element of a stage");
  }
  const Capability* only = node.what.empty() ? only_capability(node.kind) : nullptr;
  if (only != nullptr) {
    raw->capabilities.push_back(only);
    Declarations::use(module_, *only->entity);
  }
  if (node.what.empty() && !node.name.empty() && only == nullptr) {
    // Without its profile nobody knows what an approval is.
    if (profile_ != nullptr)
      sink_.report(diag::element_without_capability, node.head, to_string(node.kind), node.name.text);
    raw->what_known = false;
    declarations_.elements_known = false;
  }
  if (node.what.size() > max_capabilities) {
    sink_.report(diag::too_many_parts, node.head, fmt::format("`{}`", node.name.text),
                 static_cast<int>(max_capabilities), "capabilities");
    declarations_.elements_known = false;
    return raw;
  }
  static const std::vector<const Module*> no_vocabulary;
  const auto& vocabulary = profile_ == nullptr ? no_vocabulary : profile_->vocabulary;
  for (const ast::Path& path : node.what) {
    const What what = declarations_.resolve_what(path, module_, vocabulary, profile_ != nullptr);
    if (!what) {
      raw->what_known = false;
      declarations_.elements_known = false;
      continue;
    }
    const std::string_view kind = what.capability != nullptr ? to_string(what.capability->kind)
                                                             : to_string(what.definition->node->kind);
    if (kind != to_string(node.kind)) {
      auto report =
          sink_.report(diag::wrong_kind, path.span, to_string(node.kind), node.name.text, kind, path.text());
      const bool element_kind = kind != "source" && kind != "metric";
      const Span keyword{node.head.source, node.head.begin,
                         static_cast<uint32_t>(node.head.begin + to_string(node.kind).size())};
      raw->what_known = false;
      declarations_.elements_known = false;
      if (element_kind) report.replace(keyword, std::string(kind));
      continue;
    }
    if (what.capability != nullptr) {
      raw->capabilities.push_back(what.capability);
      continue;
    }
    if (raw->definition != nullptr) {
      sink_.report(diag::two_definitions, path.span, node.name.text);
      continue;
    }
    raw->definition = what.definition;
    raw->capabilities.insert(raw->capabilities.end(), what.definition->capabilities.begin(),
                             what.definition->capabilities.end());
  }
  return raw;
}

const Capability* RawBuilder::only_capability(ast::ElementKind kind) const {
  if (profile_ == nullptr) return nullptr;
  const auto [known, first] = declarations_.only_capabilities.try_emplace({profile_, kind}, nullptr);
  if (first) known->second = find_only_capability(kind);
  return known->second;
}

const Capability* RawBuilder::find_only_capability(ast::ElementKind kind) const {
  const Capability* found = nullptr;
  for (const Module* module : profile_->vocabulary) {
    for (const Entity* entity : declarations_.visible_entities(*module, {EntityKind::capability})) {
      const Capability* capability = &declarations_.capability(*entity);
      if (to_string(capability->kind) != to_string(kind) || capability == found) continue;
      if (found != nullptr) return nullptr;
      found = capability;
    }
  }
  return found;
}

RawNode RawBuilder::group(const std::vector<ast::StageItem>& items, RawNode::Kind kind, RawStage& stage) {
  RawNode node{kind, nullptr, {}};
  for (const ast::StageItem& item : items) {
    if (const auto* child = std::get_if<ast::Element>(&item.node)) {
      if (child->name.empty()) continue;
      const auto [first, added] = names_.emplace(child->name.text, child->name.span);
      if (!added) {
        sink_.report(diag::declared_twice, child->name.span, child->name.text)
            .label(first->second, "first declared here")
            .note("elements of a stage have names of their own, in groups too");
        declarations_.elements_known = false;
      } else if (names_.size() <= max_stage_elements) {
        node.children.push_back({RawNode::Kind::element, element(*child, stage.name), {}});
      } else if (names_.size() == max_stage_elements + 1) {
        sink_.report(diag::stage_too_large, stage.node->head, static_cast<int>(max_stage_elements));
        declarations_.elements_known = false;
      }
    } else if (const auto* inner = std::get_if<ast::Group>(&item.node)) {
      if (inner->order == ast::Group::Order::always) {
        // That of the stage itself is added behind everything else.
        if (stage.body->items.data() != items.data())
          sink_.report(diag::always_place, keyword_of(*inner), "this one stands in a group");
        continue;
      }
      const auto order =
          inner->order == ast::Group::Order::parallel ? RawNode::Kind::parallel : RawNode::Kind::sequence;
      node.children.push_back(group(inner->items, order, stage));
    } else if (const auto* field = std::get_if<ast::Field>(&item.node);
               field != nullptr && stage.body->items.data() != items.data()) {
      sink_.report(diag::unknown_property, field->key.span, field->key.text, "this group");
    }
  }
  return node;
}

// Splits the stage: everything else, and what stands in `always` behind it.
void RawBuilder::add_always(RawStage& stage) {
  const ast::Group* always = nullptr;
  const auto report = [&](Span span, const std::string& what) {
    sink_.report(diag::always_place, span, what).label(keyword_of(*always), "what comes last");
  };
  for (const ast::StageItem& item : stage.body->items) {
    const auto* group = std::get_if<ast::Group>(&item.node);
    const bool is_always = group != nullptr && group->order == ast::Group::Order::always;
    if (always == nullptr) {
      if (is_always) always = group;
    } else if (is_always) {
      report(keyword_of(*group), "there is a second one");
    } else if (group != nullptr) {
      report(keyword_of(*group), "a group stands behind it");
    } else if (const auto* element = std::get_if<ast::Element>(&item.node)) {
      report(element->head, fmt::format("`{}` stands behind it", element->name.text));
    }
  }
  if (always == nullptr) return;
  in_always_ = true;
  RawNode group = this->group(always->items, RawNode::Kind::always, stage);
  in_always_ = false;
  RawNode split{RawNode::Kind::sequence, nullptr, {}};
  split.children.push_back(std::move(stage.root));
  split.children.push_back(std::move(group));
  stage.root = std::move(split);
}

void RawBuilder::find_role(const ast::Stage& node, RawStage& stage) {
  const std::optional<ast::Name>& role = node.role ? node.role : stage.body->role;
  if (profile_ == nullptr) return;
  stage.role = profile_->find_role(role ? role->text : node.name.text);
  if (!role || stage.role != nullptr) return;
  std::vector<std::string_view> known;
  for (const Role& other : profile_->roles)
    known.push_back(other.name);
  auto report = sink_.report(diag::unknown_name, role->span, "role", role->text);
  declarations_.elements_known = false;
  if (node.role && !node.environment && is_environment_ && is_environment_(role->text)) {
    report.fix(fmt::format("write `in {}`", role->text),
               {{{role->span.source, node.name.span.end, role->span.end}, " in " + std::string(role->text)}});
  } else if (const auto likely = nearest(role->text, known)) {
    report.replace(role->span, std::string(*likely));
  }
}

// `in env` of a reusable stage may name a parameter.
void RawBuilder::set_environment(RawStage& stage) {
  if (!stage.body->environment) return;
  const ast::Path& written = *stage.body->environment;
  stage.environment = written.text();
  stage.environment_span = written.span;
  const ast::Expr* argument = stage.use == nullptr ? nullptr : stage.use->argument(stage.environment);
  const auto* path = argument == nullptr ? nullptr : std::get_if<ast::PathExpr>(&argument->node);
  if (path == nullptr) return;
  stage.environment = path->path.text();
  stage.environment_span = argument->span;
}

void RawBuilder::expand(const ast::Stage& node, RawStage& stage) {
  const std::string name = node.call->callee.text();
  const Entity* entity = declarations_.find(module_, name, {EntityKind::stage_definition});
  if (entity == nullptr) {
    declarations_.elements_known = false;
    if (declarations_.is_missing_import(module_, name)) return;
    auto report = sink_.report(diag::unknown_name, node.call->callee.span, "reusable stage", name);
    if (!sink_.suggests()) return;
    const auto known = declarations_.visible(module_, {EntityKind::stage_definition});
    if (const auto likely = nearest(name, known))
      report.replace(node.call->callee.span, std::string(*likely));
    return;
  }
  const ReusableStage& reusable = declarations_.reusable_stage(*entity);
  stage.use = std::make_shared<const StageUse>(
      StageUse{&reusable, &*node.call, &module_, std::string(node.name.text), std::nullopt});
  stage.body = reusable.node;
  stage.module = entity->module;
  const bool has_elements = std::any_of(node.items.begin(), node.items.end(), [](const ast::StageItem& item) {
    return !std::holds_alternative<ast::Field>(item.node);
  });
  if (has_elements) {
    sink_.report(diag::stage_use_with_elements, node.head, node.name.text)
        .note("the elements are those of the reusable stage; a route can `add` others");
  }
}

RawStage RawBuilder::stage(const ast::Stage& node) {
  RawStage stage;
  stage.name = node.name.text;
  stage.node = &node;
  stage.body = &node;
  stage.module = &module_;
  if (node.call) expand(node, stage);
  find_role(node, stage);
  set_environment(stage);
  RawBuilder inner(declarations_, *stage.module, profile_);
  inner.use_ = stage.use;
  stage.root = inner.group(stage.body->items, RawNode::Kind::sequence, stage);
  inner.add_always(stage);
  return stage;
}

}  // namespace pipec::sema
