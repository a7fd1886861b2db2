// What a pipeline that extends a base changes of it.
#include "compiler/diag/kinds/routes.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/sema/removal.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

bool holds(const RawRoute& route, const std::string& text, bool stage) {
  if (stage) return route.find_stage(text) != nullptr;
  bool found = false;
  for (const RawStage& of_route : route.stages) {
    for_each_element(of_route.root, [&](const std::shared_ptr<const RawElement>& element) {
      found = found || element->id == text || element->name == text;
    });
  }
  return found;
}

// The place that a derivation of one place changes or stands beside; null for one that needs none.
const ast::Place* place_of(const ast::Derivation& derivation) {
  if (const auto* override = std::get_if<ast::Override>(&derivation)) return &override->place;
  if (const auto* replace = std::get_if<ast::Replace>(&derivation)) return &replace->place;
  const auto* add = std::get_if<ast::Add>(&derivation);
  return add == nullptr || !add->anchor ? nullptr : &*add->anchor;
}

// The edits that make overrides of the elements of a stage; none when something of it is no such element.
std::vector<Edit> overrides_for(const ast::Stage& stage, const RawStage& base) {
  std::vector<Edit> edits;
  uint32_t written = stage.span.begin;
  for (const ast::StageItem& item : stage.items) {
    const auto* element = std::get_if<ast::Element>(&item.node);
    if (element == nullptr || !element->has_body) return {};
    bool known = false;
    for_each_element(base.root, [&](const std::shared_ptr<const RawElement>& of_base) {
      known = known || of_base->name == element->name.text;
    });
    if (!known) return {};
    if (edits.empty()) edits.push_back({{stage.span.source, written, element->head.begin}, ""});
    edits.push_back({element->head, fmt::format("override {}.{}", base.name, element->name.text)});
    written = element->span.end;
  }
  if (!edits.empty()) edits.push_back({{stage.span.source, written, stage.span.end}, ""});
  return edits;
}

}  // namespace

void PipelineAnalysis::report_stage_of_heir(const ast::Stage& node) {
  const RawStage* base = raw_all_.find_stage(node.name.text);
  if (base == nullptr) base = raw_workstation_.find_stage(node.name.text);
  if (base == nullptr) {
    sink_.report(diag::stage_of_heir, node.head, node.name.text)
        .note("`add stage NAME { … } before PLACE` adds one, `override PLACE { … }` changes an element");
    return;
  }
  auto report = sink_.report(diag::stage_of_base, node.head, node.name.text);
  report.label(base->node->head, "declared here");
  report.note("`override ELEMENT { … }` changes one of its elements, `override stage " + base->name +
              " { … }` its own properties, `add` and `replace` bring other elements");
  auto edits = overrides_for(node, *base);
  if (!edits.empty()) report.fix("override its elements", std::move(edits));
}

// An element of the workstation is changed like every other one, but a name means one of the pipeline first.
RawRoute& PipelineAnalysis::route_with(const std::string& place, bool stage) {
  return !holds(raw_all_, place, stage) && holds(raw_workstation_, place, stage) ? raw_workstation_
                                                                                 : raw_all_;
}

void PipelineAnalysis::apply(const ast::Derivation& node, Derivation& derivation) {
  if (const auto* skip = std::get_if<ast::Skip>(&node)) {
    for (const ast::Place& place : skip->places)
      derivation.apply(ast::Skip{{place}, skip->reason, skip->span},
                       route_with(place.path.text(), place.stage));
    return;
  }
  if (const auto* final = std::get_if<ast::Final>(&node)) {
    for (const ast::Path& path : final->places)
      derivation.apply(ast::Final{{path}, final->span}, route_with(path.text(), false));
    return;
  }
  const ast::Place* place = place_of(node);
  derivation.apply(node, place == nullptr ? raw_all_ : route_with(place->path.text(), place->stage));
}

// What a body has marked with `final [ … ]` it does not take out again.
void PipelineAnalysis::keep_marked(const ast::Pipeline& node, const Derivation& derive) {
  for (const auto& [gate, mark] : derive.marked_final()) {
    for (const Change& change : pipeline_->changes) {
      const bool replaced = change.kind == ChangeKind::replaced;
      const bool taken_out = replaced || change.kind == ChangeKind::skipped;
      if (!taken_out || change.element != gate || change.span.source != mark.source ||
          change.span.begin < mark.begin)
        continue;
      auto report = sink_.report(diag::final_gate_missing, change.span, gate, "what comes behind it",
                                 replaced ? "replaced" : "left out");
      report.label(mark, "declared final here");
      offer_removal(report, node, change.span);
    }
  }
}

void PipelineAnalysis::collect_derivations(const ast::Pipeline& node, const Module& module, bool is_root) {
  Derivation derive(declarations_, module, pipeline_->profile,
                    is_root ? "the pipeline" : fmt::format("the pipeline `{}`", node.name.text), false,
                    node.span, raw_all_, pipeline_->changes);
  for (const ast::PipelineItem& item : node.items) {
    const auto* derivation = std::get_if<ast::Derivation>(&item.node);
    if (derivation == nullptr) continue;
    if (is_root && !std::holds_alternative<ast::Final>(*derivation)) {
      // It may be one of the base that is not known.
      if (!chain_known_) continue;
      const Span span = std::visit([](const auto& d) { return d.span; }, *derivation);
      sink_.report(diag::derivation_without_base, span);
    } else {
      apply(*derivation, derive);
    }
  }
  keep_marked(node, derive);
  for (const RawStage& stage : raw_all_.stages)
    names_.stages.emplace(stage.name, stage.node->name.span);
}

}  // namespace pipec::sema
