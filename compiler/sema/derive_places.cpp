// What the places in a derivation mean: `skip build.unit`, `add stage … before stage ship`.
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/derive.h"
#include "compiler/sema/pipeline_names.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {

const Change* Derivation::left_out(std::string_view name, bool stage) const {
  for (const Change& change : changes_) {
    const std::string_view element = change.element;
    const size_t dot = element.find('.');
    const bool named =
        stage ? element.substr(0, dot) == name : element == name || element.substr(dot + 1) == name;
    if (named && change.kind == ChangeKind::skipped) return &change;
  }
  return nullptr;
}

bool Derivation::was_left_out(std::string_view name, bool stage, const ast::Name& again) {
  const Change* earlier = left_out(name, stage);
  if (earlier == nullptr) return false;
  sink_.report(diag::added_again, again.span, again.text).label(earlier->span, "left out here");
  return true;
}

std::optional<Derivation::Found> Derivation::replacement_of(const ast::Path& path, const RawRoute& route) {
  const std::string text = path.text();
  const auto is_named = [&](const std::string& id) {
    return id == text || id.substr(id.rfind('.') + 1) == text;
  };
  std::optional<Found> found;
  for (size_t i = 0; i < route.stages.size(); ++i) {
    for_each_element(route.stages[i].root, [&](const std::shared_ptr<const RawElement>& element) {
      const auto& replaced = element->replaces;
      const bool stands_there = std::any_of(replaced.begin(), replaced.end(), is_named);
      if (stands_there) found = Found{i, element};
    });
  }
  return found;
}

std::optional<Span> Derivation::removed_by(const ast::Path& path, const RawRoute& route) {
  const std::string text = path.text();
  std::optional<Span> removed;
  bool present = false;
  for (const RawStage& stage : route.stages) {
    for_each_leaf(stage.root, [&](const RawElement& element) {
      if (element.id != text && element.name != text) return;
      if (element.removed && element.removed_by.size() > 0) removed = element.removed_by;
      present = present || !element.removed;
    });
  }
  return present ? std::nullopt : removed;
}

bool Derivation::is_left_out_by_heir(const ast::Path& path, const RawRoute& route) const {
  const auto by = removed_by(path, route);
  return by && !pipeline_.contains(*by);
}

std::optional<Derivation::Found> Derivation::find_element(const ast::Path& path, Span span,
                                                          const RawRoute& route, bool takes_stage) {
  const std::string text = path.text();
  if (text.empty()) return std::nullopt;
  std::vector<Found> found;
  for (size_t i = 0; i < route.stages.size(); ++i) {
    for_each_element(route.stages[i].root, [&](const std::shared_ptr<const RawElement>& element) {
      if (element->id == text || element->name == text) found.push_back({i, element});
    });
  }
  if (found.size() == 1) return found.front();
  if (!found.empty()) {
    std::vector<std::string> candidates;
    for (const Found& candidate : found)
      candidates.push_back(candidate.element->id);
    sink_.report(diag::ambiguous_place, span, text, quoted_list(candidates, "or"));
    return std::nullopt;
  }
  const auto instead = replacement_of(path, route);
  if (instead && !pipeline_.contains(instead->element->node->head)) return instead;
  const Change* earlier = left_out(text, false);
  if (const auto by = earlier == nullptr ? removed_by(path, route) : earlier->span) {
    sink_.report(diag::already_left_out, span, text).label(*by, "left out here");
    return std::nullopt;
  }
  if (is_elsewhere(path, span)) return std::nullopt;
  auto report = sink_.report(diag::unknown_name, span, "element", text);
  if (instead) {
    report.replace(path.span, instead->element->name).label(instead->element->node->head, "replaced here");
  } else if (route.find_stage(text) != nullptr && takes_stage) {
    report.replace(path.span, "stage " + text);
  } else if (route.find_stage(text) != nullptr) {
    report.note(fmt::format("`{}` is a stage; name one of its elements", text));
  } else if (sink_.suggests()) {
    PipelineNames names;
    DiagnosticSink ignored;
    names.add_route(route, ignored);
    if (const auto likely = nearest(text, names.reference_names(Space::element)))
      report.replace(path.span, std::string(*likely));
  }
  return std::nullopt;
}

void Derivation::report_elsewhere(Span span, std::string_view what, const std::string& name,
                                  const RawStage& stage) {
  sink_.report(diag::not_part_of_route, span, what, name, by_)
      .label(stage.node->head, "declared here")
      .note(reasons_required_ ? "a hotfix derives from trunk, which leaves it out"
                              : "its `stages` leave it out already");
}

bool Derivation::is_elsewhere(const ast::Path& path, Span span) {
  const std::string text = path.text();
  for (const RawStage& stage : all_.stages) {
    bool here = false;
    for_each_element(stage.root, [&](const std::shared_ptr<const RawElement>& element) {
      here = here || element->id == text || element->name == text;
    });
    if (!here) continue;
    report_elsewhere(span, "element", text, stage);
    return true;
  }
  return false;
}

std::optional<Derivation::Found> Derivation::find(const ast::Place& place, const RawRoute& route) {
  if (place.path.parts.empty()) return std::nullopt;
  if (!place.stage) return find_element(place.path, place.span, route, true);
  const std::string name = place.path.text();
  for (size_t i = 0; i < route.stages.size(); ++i) {
    if (route.stages[i].name == name) return Found{i, nullptr};
  }
  if (const Change* earlier = left_out(name, true)) {
    sink_.report(diag::already_left_out, place.span, name).label(earlier->span, "left out here");
    return std::nullopt;
  }
  if (const RawStage* stage = all_.find_stage(name)) {
    report_elsewhere(place.span, "stage", name, *stage);
    return std::nullopt;
  }
  std::vector<std::string_view> known;
  for (const RawStage& stage : route.stages)
    known.push_back(stage.name);
  auto report = sink_.report(diag::unknown_name, place.span, "stage", name);
  const auto likely = nearest(name, known);
  if (!likely) return std::nullopt;
  // A stage that plays no role may be the misspelt one.
  const RawStage& stage = *route.find_stage(*likely);
  if (stage.role == nullptr && builder_.is_role(name)) {
    report.fix(fmt::format("call the stage `{}` so: `stage {}`", *likely, name),
               {{stage.node->name.span, name}});
  } else {
    report.replace(place.path.span, std::string(*likely));
  }
  return std::nullopt;
}

}  // namespace pipec::sema
