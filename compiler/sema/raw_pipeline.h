// A pipeline before its values are evaluated: which elements there are, in which order, and every place that
// sets one of their properties. Routes, the hotfix and derived pipelines are made by changing a copy
// (derive.h), so that a changed element is evaluated anew with all its checks.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/profile.h"
#include "compiler/support/counters.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

struct StageUse;

// One place that sets properties of an element.
struct Layer {
  const std::vector<ast::Field>* fields = nullptr;
  const std::vector<ast::Lowering>* lowerings = nullptr;
  // Whose names the values use.
  const Module* module = nullptr;
  // "the element", "the hotfix".
  std::string by;
  // The use of the reusable stage whose body this is, or null.
  std::shared_ptr<const StageUse> use;
};

struct RawElement {
  std::string id;
  std::string name;
  std::string stage;
  // False when some of it could not be resolved, which was reported.
  bool what_known = true;
  ast::ElementKind kind = ast::ElementKind::action;
  const ast::Element* node = nullptr;
  const Module* module = nullptr;
  const Definition* definition = nullptr;
  std::vector<const Capability*> capabilities;
  // The weakest first: the element's own, then those of overrides.
  std::vector<Layer> layers;
  // Marked by `final [ … ]`; where.
  std::optional<Span> marked_final;
  // Taken out of the route. It stays in the tree, where it keeps what stood before it before what stood
  // behind it.
  bool removed = false;
  // Where that is written, when somebody wrote it.
  Span removed_by;
  // Stands in `always { … }`: runs once its stage has begun, whatever happened there.
  bool always = false;
  // The ids of elements that it replaces: `after` on one of them means this one.
  std::vector<std::string> replaces;
  // The names in `after` of those, which hold for it as long as it sets no `after` itself.
  std::vector<std::string> inherited_after;
};

// Written order: a tree of sequences and parallel groups over elements. `always` is a sequence, too.
struct RawNode {
  enum class Kind : uint8_t { element, sequence, parallel, always };
  Kind kind = Kind::sequence;
  std::shared_ptr<const RawElement> element;
  std::vector<RawNode> children;
};

struct RawStage {
  std::string name;
  const Role* role = nullptr;
  std::string environment;
  // A sequence; with `always { … }` one of two: everything else, and the always group.
  RawNode root;
  const ast::Stage* node = nullptr;
  // Where its elements and own properties are written: `node`, or the reusable stage that it uses.
  const ast::Stage* body = nullptr;
  // Whose names they use.
  const Module* module = nullptr;
  std::shared_ptr<const StageUse> use;
  // Where `environment` is written.
  Span environment_span;
  // The stage's own properties, the weakest first.
  std::vector<Layer> layers;
};

struct RawRoute {
  std::vector<RawStage> stages;

  RawStage* find_stage(std::string_view name);
  const RawStage* find_stage(std::string_view name) const;
};

// Calls `visit` for every element of a stage in written order, without those that were removed.
template <class Visit>
void for_each_element(const RawNode& node, Visit&& visit) {
  ++counters.leaves;
  if (node.kind == RawNode::Kind::element && !node.element->removed) visit(node.element);
  for (const RawNode& child : node.children)
    for_each_element(child, visit);
}

// Calls `visit` for every element, the removed ones too.
template <class Visit>
void for_each_leaf(const RawNode& node, Visit&& visit) {
  if (node.kind == RawNode::Kind::element) visit(*node.element);
  for (const RawNode& child : node.children)
    for_each_leaf(child, visit);
}

// The names that `after` of an element mentions, read without evaluating: it can only hold names.
// With those of what it replaces.
std::vector<std::string> names_after(const RawElement& element);
// Those of what it replaces alone; none when it sets `after` itself.
std::vector<std::string> inherited_after(const RawElement& element);

// `outputs = { NAME = CONSTRUCTOR(…) }` of an element, read without evaluating: names and types.
struct DeclaredOutput {
  std::string_view name;
  std::string_view type;
  Span span;
  // False when its value is none that makes an artifact, which is reported where it is evaluated.
  bool known = true;
};
std::vector<DeclaredOutput> declared_outputs(const RawElement& element);

}  // namespace pipec::sema
