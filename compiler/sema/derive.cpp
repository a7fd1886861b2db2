#include "compiler/sema/derive.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/sema/pipeline_names.h"
#include "compiler/support/text.h"

namespace pipec::sema {
namespace {

// The last elements of a subtree: those that nothing of it follows.
void last_elements(const RawNode& node, std::vector<std::string>& ids) {
  if (node.kind == RawNode::Kind::element) ids.push_back(node.element->id);
  if (node.kind == RawNode::Kind::sequence && !node.children.empty()) {
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
      const size_t before = ids.size();
      last_elements(*child, ids);
      if (ids.size() > before) return;
    }
  }
  if (node.kind == RawNode::Kind::parallel) {
    for (const RawNode& child : node.children) last_elements(child, ids);
  }
}

// The elements directly before `id` in written order. True when it was found in `node`.
bool written_before(const RawNode& node, std::string_view id, std::vector<std::string>& before) {
  if (node.kind == RawNode::Kind::element) return node.element->id == id;
  for (size_t i = 0; i < node.children.size(); ++i) {
    std::vector<std::string> inner;
    if (!written_before(node.children[i], id, inner)) continue;
    before = std::move(inner);
    for (size_t j = i; before.empty() && node.kind == RawNode::Kind::sequence && j-- > 0;) {
      last_elements(node.children[j], before);
    }
    return true;
  }
  return false;
}

bool remove(RawNode& node, std::string_view id) {
  for (size_t i = 0; i < node.children.size(); ++i) {
    RawNode& child = node.children[i];
    const bool here = child.kind == RawNode::Kind::element && child.element->id == id;
    if (here) {
      node.children.erase(node.children.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    if (child.kind != RawNode::Kind::element && remove(child, id)) return true;
  }
  return false;
}

RawNode* locate(RawNode& node, std::string_view id) {
  if (node.kind == RawNode::Kind::element) return node.element->id == id ? &node : nullptr;
  for (RawNode& child : node.children) {
    if (RawNode* found = locate(child, id)) return found;
  }
  return nullptr;
}

// The names that `after` mentions, read without evaluating: it can only hold names.
std::vector<std::string> names_after(const RawElement& element) {
  std::vector<std::string> names;
  const auto add = [&](const ast::Expr& expr) {
    if (const auto* path = std::get_if<ast::PathExpr>(&expr.node)) names.push_back(path->path.text());
  };
  for (const Layer& layer : element.layers) {
    for (const ast::Field& field : *layer.fields) {
      if (field.key.text != "after") continue;
      add(field.value);
      if (const auto* list = std::get_if<ast::ListExpr>(&field.value.node)) {
        for (const ast::Expr& item : list->items) add(item);
      }
    }
  }
  return names;
}

// Every element of the route that waits for others by name learns what stood before a removed one.
void remember_predecessors(RawNode& node, const std::string& removed, const std::vector<std::string>& before) {
  if (node.kind == RawNode::Kind::element) {
    if (names_after(*node.element).empty()) return;
    auto changed = std::make_shared<RawElement>(*node.element);
    changed->removed_predecessors.emplace_back(removed, before);
    node.element = std::move(changed);
  }
  for (RawNode& child : node.children) remember_predecessors(child, removed, before);
}

}  // namespace

void remove_element(RawRoute& route, const std::string& id) {
  for (RawStage& stage : route.stages) {
    RawNode* node = locate(stage.root, id);
    if (node == nullptr) continue;
    std::vector<std::string> before;
    written_before(stage.root, id, before);
    const std::vector<std::string> waits_for = names_after(*node->element);
    if (!waits_for.empty()) {
      PipelineNames names;
      DiagnosticSink ignored;
      names.add_route(route, ignored);
      names.current_element = id;
      for (const std::string& name : waits_for) {
        if (const auto full = names.element(name)) before.push_back(*full);
      }
    }
    remove(stage.root, id);
    for (RawStage& other : route.stages) remember_predecessors(other.root, id, before);
    return;
  }
}

void Derivation::apply(const ast::Derivation& derivation, RawRoute& route) {
  if (const auto* node = std::get_if<ast::Skip>(&derivation)) skip(*node, route);
  if (const auto* node = std::get_if<ast::Override>(&derivation)) override(*node, route);
  if (const auto* node = std::get_if<ast::Add>(&derivation)) add(*node, route);
  if (const auto* node = std::get_if<ast::Replace>(&derivation)) replace(*node, route);
  if (const auto* node = std::get_if<ast::Final>(&derivation)) final(*node, route);
}

std::string Derivation::reason_of(const std::optional<ast::Reason>& reason, Span span, std::string_view what) {
  if (!reason) {
    if (reasons_required_) {
      const Span end{span.source, span.end, span.end};
      sink_.report(diag::missing_reason, span, what).fix("say why", {{end, " because \"…\""}});
    }
    return {};
  }
  const auto* text = std::get_if<ast::TextExpr>(&reason->text.node);
  if (text == nullptr) return {};
  const bool blank = text->texts.front().find_first_not_of(" \t\n") == std::string::npos;
  if (blank || !text->references.empty()) sink_.report(diag::empty_reason, reason->text.span);
  return text->texts.front();
}

std::optional<Derivation::Found> Derivation::find_element(const ast::Path& path, Span span, const RawRoute& route) {
  PipelineNames names;
  DiagnosticSink ignored;
  names.add_route(route, ignored);
  std::vector<std::string> candidates;
  const std::string text = path.text();
  const auto id = names.element(text, &candidates);
  if (!id) {
    if (text.empty()) return std::nullopt;
    if (!candidates.empty()) {
      sink_.report(diag::ambiguous_place, span, text, quoted_list(candidates, "or")).replace(path.span, candidates.front());
      return std::nullopt;
    }
    auto report = sink_.report(diag::unknown_name, span, "element", text);
    if (route.find_stage(text) != nullptr) {
      report.fix("skip the stage", {{path.span, "stage " + text}});
    } else if (const auto likely = nearest(text, names.reference_names(Space::element))) {
      report.replace(path.span, std::string(*likely));
    }
    return std::nullopt;
  }
  Found found;
  for (size_t i = 0; i < route.stages.size(); ++i) {
    for_each_element(route.stages[i].root, [&](const std::shared_ptr<const RawElement>& element) {
      if (element->id == *id) found = {i, element};
    });
  }
  return found;
}

std::optional<Derivation::Found> Derivation::find(const ast::Place& place, const RawRoute& route) {
  if (place.path.parts.empty()) return std::nullopt;
  if (!place.stage) return find_element(place.path, place.span, route);
  const std::string name = place.path.text();
  for (size_t i = 0; i < route.stages.size(); ++i) {
    if (route.stages[i].name == name) return Found{i, nullptr};
  }
  std::vector<std::string_view> known;
  for (const RawStage& stage : route.stages) known.push_back(stage.name);
  auto report = sink_.report(diag::unknown_name, place.span, "stage", name);
  if (const auto likely = nearest(name, known)) report.replace(place.path.span, std::string(*likely));
  return std::nullopt;
}

void Derivation::skip(const ast::Skip& skip, RawRoute& route) {
  const std::string reason = reason_of(skip.reason, skip.span, "a skip");
  for (const ast::Place& place : skip.places) {
    const auto found = find(place, route);
    if (!found) continue;
    if (found->element != nullptr) {
      changes_.push_back({ChangeKind::skipped, found->element->id, reason, place.span});
      remove_element(route, found->element->id);
      continue;
    }
    const auto stage = route.stages.begin() + static_cast<std::ptrdiff_t>(found->stage);
    std::vector<std::string> removed;
    for_each_element(stage->root, [&](const std::shared_ptr<const RawElement>& element) {
      changes_.push_back({ChangeKind::skipped, element->id, reason, place.span});
      removed.push_back(element->id);
    });
    route.stages.erase(stage);
    // Elements of other stages wait for the stage before anyway.
    for (RawStage& other : route.stages) {
      for (const std::string& id : removed) remember_predecessors(other.root, id, {});
    }
  }
}

void Derivation::check_outputs(const ast::Override& node, const RawElement& element) {
  RawElement changed;
  changed.layers.push_back({&node.properties, &node.lowerings, &module_, by_});
  const auto before = declared_outputs(element);
  for (const DeclaredOutput& output : declared_outputs(changed)) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const DeclaredOutput& o) {
      return o.name == output.name && o.type == output.type;
    });
    if (same == before.end()) sink_.report(diag::override_changes_outputs, output.span, output.name);
  }
}

void Derivation::override(const ast::Override& node, RawRoute& route) {
  const auto found = find(node.place, route);
  const std::string reason = reason_of(node.reason, node.place.span, "an override");
  if (!found) return;
  RawStage& stage = route.stages[found->stage];
  const Layer layer{&node.properties, &node.lowerings, &module_, by_};
  if (found->element == nullptr) {
    stage.layers.push_back(layer);
    return;
  }
  check_outputs(node, *found->element);
  auto changed = std::make_shared<RawElement>(*found->element);
  changed->layers.push_back(layer);
  locate(stage.root, found->element->id)->element = std::move(changed);
  changes_.push_back({ChangeKind::overridden, found->element->id, reason, node.place.span});
}

bool Derivation::name_is_free(const RawRoute& route, const std::string& stage, const ast::Name& name) {
  const RawStage* where = route.find_stage(stage);
  bool is_free = true;
  for_each_element(where->root, [&](const std::shared_ptr<const RawElement>& element) {
    if (element->name != name.text) return;
    is_free = false;
    sink_.report(diag::declared_twice, name.span, name.text).label(element->node->name.span, "first declared here");
  });
  return is_free;
}

void Derivation::add(const ast::Add& add, RawRoute& route) {
  if (const auto* node = std::get_if<ast::Stage>(&add.item)) {
    if (const RawStage* existing = route.find_stage(node->name.text)) {
      sink_.report(diag::declared_twice, node->name.span, node->name.text)
          .label(existing->node->name.span, "first declared here");
      return;
    }
    auto position = route.stages.end();
    if (add.anchor) {
      ast::Place anchor = *add.anchor;
      anchor.stage = true;
      const auto found = find(anchor, route);
      if (!found) return;
      const size_t index = found->stage + (add.where == ast::Add::Where::after ? 1 : 0);
      position = route.stages.begin() + static_cast<std::ptrdiff_t>(index);
    }
    RawStage stage = builder_.stage(*node);
    for_each_element(stage.root, [&](const std::shared_ptr<const RawElement>& element) {
      changes_.push_back({ChangeKind::added, element->id, "", add.span});
    });
    route.stages.insert(position, std::move(stage));
    return;
  }
  const auto& node = std::get<ast::Element>(add.item);
  if (!add.anchor) {
    sink_.report(diag::add_without_place, add.span, node.name.text);
    return;
  }
  const auto found = find(*add.anchor, route);
  if (!found || node.name.empty()) return;
  RawStage& stage = route.stages[found->stage];
  if (!name_is_free(route, stage.name, node.name)) return;
  RawNode added{RawNode::Kind::element, builder_.element(node, stage.name), {}};
  changes_.push_back({ChangeKind::added, added.element->id, "", add.span});
  const bool before = add.where == ast::Add::Where::before;
  RawNode& anchor = found->element == nullptr ? stage.root : *locate(stage.root, found->element->id);
  // The anchor and the new element become a sequence, which keeps every other order as it was.
  RawNode sequence{RawNode::Kind::sequence, nullptr, {}};
  sequence.children.push_back(before ? added : anchor);
  sequence.children.push_back(before ? anchor : added);
  anchor = std::move(sequence);
}

void Derivation::replace(const ast::Replace& replace, RawRoute& route) {
  const auto found = find(replace.place, route);
  const std::string reason = reason_of(replace.reason, replace.place.span, "a replacement");
  if (!found || replace.element.name.empty()) return;
  if (found->element == nullptr) {
    sink_.report(diag::replace_needs_element, replace.place.span, replace.place.text());
    return;
  }
  RawStage& stage = route.stages[found->stage];
  const bool new_name = found->element->name != replace.element.name.text;
  if (new_name && !name_is_free(route, stage.name, replace.element.name)) return;
  auto element = builder_.element(replace.element, stage.name);
  changes_.push_back({ChangeKind::replaced, found->element->id, reason, replace.place.span});
  const std::string old_id = found->element->id;
  const std::string new_id = element->id;
  locate(stage.root, old_id)->element = std::move(element);
  if (new_name) {
    changes_.push_back({ChangeKind::added, new_id, "", replace.place.span});
    for (RawStage& other : route.stages) remember_predecessors(other.root, old_id, {new_id});
  }
}

void Derivation::final(const ast::Final& final, RawRoute& route) {
  for (const ast::Path& path : final.places) {
    const auto found = find_element(path, path.span, route);
    if (!found) continue;
    auto changed = std::make_shared<RawElement>(*found->element);
    changed->marked_final = path.span;
    locate(route.stages[found->stage].root, found->element->id)->element = std::move(changed);
  }
}

}  // namespace pipec::sema
