#include "compiler/sema/removal.h"

#include "compiler/ast/pipelines.h"

#include <optional>

namespace pipec::sema {
namespace {

std::optional<Span> removal_of(const ast::Derivation& step, Span place) {
  if (const auto* replace = std::get_if<ast::Replace>(&step))
    return replace->place.span == place ? std::optional(replace->span) : std::nullopt;
  const auto* skip = std::get_if<ast::Skip>(&step);
  for (size_t i = 0; skip != nullptr && i < skip->places.size(); ++i) {
    const Span span = skip->places[i].span;
    if (span != place) continue;
    if (skip->places.size() == 1) return skip->span;
    if (i > 0) return Span{span.source, skip->places[i - 1].span.end, span.end};
    return Span{span.source, span.begin, skip->places[1].span.begin};
  }
  return std::nullopt;
}

std::optional<Span> removal_of(const ast::Pipeline& node, Span place) {
  for (const ast::PipelineItem& item : node.items) {
    if (const auto* step = std::get_if<ast::Derivation>(&item.node)) {
      if (const auto found = removal_of(*step, place)) return found;
    }
    const auto* route = std::get_if<ast::Route>(&item.node);
    for (size_t i = 0; route != nullptr && i < route->items.size(); ++i) {
      const auto* step = std::get_if<ast::Derivation>(&route->items[i]);
      const auto found = step == nullptr ? std::nullopt : removal_of(*step, place);
      if (found) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

void offer_removal(DiagnosticBuilder& report, const ast::Pipeline& pipeline, Span place) {
  if (const auto step = removal_of(pipeline, place)) report.fix("take that back", {{*step, ""}});
}

void offer_removal(DiagnosticBuilder& report, const Pipeline& pipeline, Span place) {
  for (const Pipeline* of = &pipeline; of != nullptr; of = of->base.get())
    offer_removal(report, *of->node, place);
}

}  // namespace pipec::sema
