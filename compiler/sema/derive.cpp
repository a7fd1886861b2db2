#include "compiler/sema/derive.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/pipeline_names.h"
#include "compiler/support/credential.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// The place of an element that was not removed.
RawNode* locate(RawNode& node, std::string_view id) {
  if (node.kind == RawNode::Kind::element)
    return node.element->id == id && !node.element->removed ? &node : nullptr;
  for (RawNode& child : node.children) {
    if (RawNode* found = locate(child, id)) return found;
  }
  return nullptr;
}

// The place that a new stage most likely has: before production.
std::string likely_place(const RawRoute& route) {
  for (const RawStage& stage : route.stages) {
    if (stage.role != nullptr && stage.role->production) return fmt::format("before stage {}", stage.name);
  }
  return route.stages.empty() ? "" : fmt::format("after stage {}", route.stages.back().name);
}

// The stage without its always group.
RawNode& body_of(RawStage& stage) {
  auto& parts = stage.root.children;
  const bool is_split = !parts.empty() && parts.back().kind == RawNode::Kind::always;
  return is_split ? parts.front() : stage.root;
}

}  // namespace

void remove_element(RawRoute& route, const std::string& id, Span by) {
  for (RawStage& stage : route.stages) {
    RawNode* node = locate(stage.root, id);
    if (node == nullptr) continue;
    auto removed = std::make_shared<RawElement>(*node->element);
    removed->removed = true;
    removed->removed_by = by;
    node->element = std::move(removed);
  }
}

// Every change looks for its place, so their number is bounded.
bool Derivation::fits(const ast::Derivation& derivation) {
  const auto* skip = std::get_if<ast::Skip>(&derivation);
  const auto* final = std::get_if<ast::Final>(&derivation);
  const size_t places = skip != nullptr ? skip->places.size() : final != nullptr ? final->places.size() : 1;
  if (exceeds(places_, places, max_changes)) {
    const Span span = std::visit([](const auto& d) { return d.span; }, derivation);
    sink_.report(diag::too_many_changes, span, by_, static_cast<int>(max_changes));
  }
  return places_ <= max_changes;
}

void Derivation::apply(const ast::Derivation& derivation, RawRoute& route) {
  if (!fits(derivation)) return;
  if (const auto* node = std::get_if<ast::Skip>(&derivation)) skip(*node, route);
  if (const auto* node = std::get_if<ast::Override>(&derivation)) override(*node, route);
  if (const auto* node = std::get_if<ast::Add>(&derivation)) add(*node, route);
  if (const auto* node = std::get_if<ast::Replace>(&derivation)) replace(*node, route);
  if (const auto* node = std::get_if<ast::Final>(&derivation)) final(*node, route);
}

std::string Derivation::reason_of(const std::optional<ast::Reason>& reason, Span span,
                                  std::string_view what) {
  if (!reason) {
    if (reasons_required_) {
      const Span end{span.source, span.end, span.end};
      sink_.report(diag::missing_reason, span, what).fix("say why", {{end, " because \"…\""}});
    }
    return {};
  }
  const auto* text = std::get_if<ast::TextExpr>(&reason->text.node);
  if (text == nullptr) return {};
  if (const auto credential = find_credential(text->texts.front()))
    sink_.report(diag::credential_literal, reason->text.span, credential->kind);
  const bool blank = text->texts.front().find_first_not_of(" \t\n") == std::string::npos;
  if (blank || !text->references.empty()) sink_.report(diag::empty_reason, reason->text.span);
  return text->texts.front();
}

void Derivation::skip(const ast::Skip& skip, RawRoute& route) {
  const std::string reason = reason_of(skip.reason, skip.span, "a skip");
  for (const ast::Place& place : skip.places) {
    if (!place.stage && is_left_out_by_heir(place.path, route)) continue;
    const auto found = find(place, route);
    if (!found) continue;
    if (found->element != nullptr) {
      changes_.push_back({ChangeKind::skipped, found->element->id, reason, place.span});
      remove_element(route, found->element->id, place.span);
      continue;
    }
    const auto stage = route.stages.begin() + static_cast<std::ptrdiff_t>(found->stage);
    for_each_element(stage->root, [&](const std::shared_ptr<const RawElement>& element) {
      changes_.push_back({ChangeKind::skipped, element->id, reason, place.span});
    });
    route.stages.erase(stage);
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
  if (!node.place.stage && is_left_out_by_heir(node.place.path, route)) return;
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

const RawElement* Derivation::of_name(const RawRoute& route, const std::string& stage,
                                      const ast::Name& name) {
  const RawElement* found = nullptr;
  for_each_element(route.find_stage(stage)->root, [&](const std::shared_ptr<const RawElement>& element) {
    if (element->name == name.text) found = element.get();
  });
  return found;
}

DiagnosticBuilder Derivation::report_name_in_use(const ast::Name& name, const RawElement& existing) {
  auto report = sink_.report(diag::declared_twice, name.span, name.text);
  report.label(existing.node->name.span, "first declared here");
  return report;
}

void Derivation::report_added_twice(const ast::Add& add, const ast::Element& node,
                                    const RawElement& existing) {
  auto report = report_name_in_use(node.name, existing);
  const std::string override = "override " + existing.id;
  report.note(fmt::format("`{} {{ … }}` changes the one that is there", override));
  if (existing.kind != node.kind || !node.has_body || add.reason) return;
  const SourceId source = add.span.source;
  report.fix(
      fmt::format("write `{} {{ … }}`", override),
      {{{source, add.span.begin, node.head.end}, override}, {{source, node.span.end, add.span.end}, ""}});
}

void Derivation::report_stage_without_place(const ast::Stage& stage, const RawRoute& route) {
  auto report = sink_.report(diag::add_without_place, stage.head, stage.name.text);
  const std::string place = likely_place(route);
  const Span end{stage.span.source, stage.span.end, stage.span.end};
  if (!place.empty()) report.fix(fmt::format("add `{}`", place), {{end, " " + place}});
}

void Derivation::add(const ast::Add& add, RawRoute& route) {
  const std::string reason = reason_of(add.reason, add.span, "an addition");
  if (const auto* node = std::get_if<ast::Stage>(&add.item)) {
    if (const RawStage* existing = route.find_stage(node->name.text)) {
      sink_.report(diag::declared_twice, node->name.span, node->name.text)
          .label(existing->node->name.span, "first declared here");
      return;
    }
    if (was_left_out(node->name.text, true, node->name)) return;
    if (!add.anchor) {
      report_stage_without_place(*node, route);
      return;
    }
    ast::Place anchor = *add.anchor;
    anchor.stage = true;
    const auto found = find(anchor, route);
    if (!found) return;
    const size_t index = found->stage + (add.where == ast::Add::Where::after ? 1 : 0);
    const auto position = route.stages.begin() + static_cast<std::ptrdiff_t>(index);
    RawStage stage = builder_.stage(*node);
    for_each_element(stage.root, [&](const std::shared_ptr<const RawElement>& element) {
      changes_.push_back({ChangeKind::added, element->id, reason, add.span});
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
  if (const RawElement* existing = of_name(route, stage.name, node.name)) {
    report_added_twice(add, node, *existing);
    return;
  }
  if (was_left_out(fmt::format("{}.{}", stage.name, node.name.text), false, node.name)) return;
  const std::shared_ptr<RawElement> element = builder_.element(node, stage.name);
  element->always = found->element != nullptr && found->element->always;
  const RawNode added{RawNode::Kind::element, element, {}};
  changes_.push_back({ChangeKind::added, added.element->id, reason, add.span});
  const bool before = add.where == ast::Add::Where::before;
  RawNode& anchor = found->element == nullptr ? body_of(stage) : *locate(stage.root, found->element->id);
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
  if (found->element->kind != replace.element.kind) {
    sink_
        .report(diag::replace_changes_kind, replace.element.head, found->element->id,
                to_string(found->element->kind), to_string(replace.element.kind))
        .label(found->element->node->head, "what it replaces");
    return;
  }
  RawStage& stage = route.stages[found->stage];
  const bool new_name = found->element->name != replace.element.name.text;
  const RawElement* existing = of_name(route, stage.name, replace.element.name);
  if (new_name && existing != nullptr) {
    report_name_in_use(replace.element.name, *existing);
    return;
  }
  auto element = builder_.element(replace.element, stage.name);
  element->always = found->element->always;
  element->replaces = found->element->replaces;
  element->replaces.push_back(found->element->id);
  element->inherited_after = names_after(*found->element);
  changes_.push_back({ChangeKind::replaced, found->element->id, reason, replace.place.span});
  const std::string old_id = found->element->id;
  const std::string new_id = element->id;
  locate(stage.root, old_id)->element = std::move(element);
  if (new_name) changes_.push_back({ChangeKind::added, new_id, "", replace.place.span});
}

void Derivation::final(const ast::Final& final, RawRoute& route) {
  for (const ast::Path& path : final.places) {
    if (is_left_out_by_heir(path, route)) continue;
    const auto found = find_element(path, path.span, route, false);
    if (!found) continue;
    auto changed = std::make_shared<RawElement>(*found->element);
    changed->marked_final = path.span;
    marked_final_.emplace(found->element->id, path.span);
    locate(route.stages[found->stage].root, found->element->id)->element = std::move(changed);
  }
}

}  // namespace pipec::sema
