#include "compiler/sema/derive.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

const std::vector<ast::Field> no_fields;
const std::vector<ast::Lowering> no_lowerings;

}  // namespace

std::shared_ptr<RawElement> RawBuilder::element(const ast::Element& node, const std::string& stage) {
  auto raw = std::make_shared<RawElement>();
  raw->name = node.name.text;
  raw->stage = stage;
  raw->id = stage + "." + raw->name;
  raw->kind = node.kind;
  raw->node = &node;
  raw->module = &module_;
  raw->layers.push_back({&node.properties, &node.lowerings, &module_, "the element"});
  for (const ast::Parameter& parameter : node.parameters) {
    sink_.report(diag::parameter_not_here, parameter.span, "an element of a stage");
  }
  const Capability* only = node.what.empty() ? only_capability(node.kind) : nullptr;
  if (only != nullptr) raw->capabilities.push_back(only);
  if (node.what.empty() && !node.name.empty() && only == nullptr) {
    sink_.report(diag::element_without_capability, node.head, to_string(node.kind), node.name.text);
    declarations_.elements_known = false;
  }
  static const std::vector<const Module*> no_vocabulary;
  const auto& vocabulary = profile_ == nullptr ? no_vocabulary : profile_->vocabulary;
  for (const ast::Path& path : node.what) {
    const What what = declarations_.resolve_what(path, module_, vocabulary);
    if (!what) {
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
  const Capability* found = nullptr;
  if (profile_ == nullptr) return nullptr;
  for (const Module* module : profile_->vocabulary) {
    for (const std::string_view name : declarations_.visible(*module, {EntityKind::capability})) {
      const Capability* capability = declarations_.find_capability(name, *module, {});
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
      bool repeated = false;
      const auto check = [&](const std::shared_ptr<const RawElement>& other) {
        if (other->name != child->name.text || repeated) return;
        repeated = true;
        sink_.report(diag::declared_twice, child->name.span, child->name.text)
            .label(other->node->name.span, "first declared here");
      };
      for_each_element(stage.root, check);
      for_each_element(node, check);
      if (!repeated) node.children.push_back({RawNode::Kind::element, element(*child, stage.name), {}});
    } else if (const auto* inner = std::get_if<ast::Group>(&item.node)) {
      if (inner->order == ast::Group::Order::always) {
        sink_.report(diag::no_meaning, inner->span, "`always { … }`");
        continue;
      }
      const auto order =
          inner->order == ast::Group::Order::parallel ? RawNode::Kind::parallel : RawNode::Kind::sequence;
      node.children.push_back(group(inner->items, order, stage));
    } else if (const auto* lowering = std::get_if<ast::Lowering>(&item.node)) {
      sink_.report(diag::no_meaning, lowering->span, "`on TARGET` of a stage");
    } else if (const auto* field = std::get_if<ast::Field>(&item.node);
               field != nullptr && stage.node->items.data() != items.data()) {
      sink_.report(diag::unknown_property, field->key.span, field->key.text, "this group");
    }
  }
  return node;
}

RawStage RawBuilder::stage(const ast::Stage& node) {
  RawStage stage;
  stage.name = node.name.text;
  stage.node = &node;
  if (node.call) sink_.report(diag::no_meaning, node.call->span, "a reusable stage");
  if (profile_ != nullptr) {
    stage.role = profile_->find_role(node.role ? node.role->text : node.name.text);
    if (node.role && stage.role == nullptr) {
      std::vector<std::string_view> known;
      for (const Role& role : profile_->roles)
        known.push_back(role.name);
      auto report = sink_.report(diag::unknown_name, node.role->span, "role", node.role->text);
      declarations_.elements_known = false;
      if (const auto likely = nearest(node.role->text, known))
        report.replace(node.role->span, std::string(*likely));
    }
  }
  if (node.environment) stage.environment = node.environment->text();
  stage.root = group(node.items, RawNode::Kind::sequence, stage);
  return stage;
}

}  // namespace pipec::sema
