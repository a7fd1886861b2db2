// The order of a stage: its written tree and the `after` edges as one graph.
#pragma once

#include <algorithm>

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"
#include "compiler/sema/raw_pipeline.h"

namespace pipec::sema {

// `elements` in written order. `is_later(id)`: the element stands in a later stage.
// Reports `after` that means a later element or makes a cycle, and leaves that edge out.
template <class IsLater>
StageOrder order_of(const RawNode& root, const std::vector<std::shared_ptr<const Element>>& elements,
                    IsLater&& is_later, DiagnosticSink& sink);

// The graph without `after`.
StageOrder written_order(const RawNode& root, const std::vector<std::shared_ptr<const Element>>& elements);
// For every element the elements directly before it, joins looked through.
std::vector<std::vector<size_t>> elements_before(const StageOrder& order);
// Adds the edge `from` → `to` between two elements. False when it would make a cycle.
bool add_edge(StageOrder& order, size_t from, size_t to);
// Sets `sequence`: every node after those before it, otherwise as written.
void sort(StageOrder& order);

template <class IsLater>
StageOrder order_of(const RawNode& root, const std::vector<std::shared_ptr<const Element>>& elements,
                    IsLater&& is_later, DiagnosticSink& sink) {
  StageOrder order = written_order(root, elements);
  for (size_t i = 0; i < elements.size(); ++i) {
    for (const std::string& id : elements[i]->after) {
      const auto found = std::find_if(elements.begin(), elements.end(), [&](const auto& e) { return e->id == id; });
      const Span span = elements[i]->property_span("after");
      if (found == elements.end()) {
        if (is_later(id)) sink.report(diag::after_later, span, elements[i]->name, id);
      } else if (!add_edge(order, static_cast<size_t>(found - elements.begin()), i)) {
        sink.report(diag::order_cycle, span, elements[i]->name, (*found)->name);
      }
    }
  }
  sort(order);
  return order;
}

}  // namespace pipec::sema
