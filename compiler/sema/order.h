// The order of a stage: its written tree and the `after` edges as one graph.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"
#include "compiler/sema/pipeline_names.h"
#include "compiler/sema/raw_pipeline.h"

#include <functional>
#include <map>
#include <string>

namespace pipec::sema {

// `elements` in written order, without removed ones. `is_later(id)`: the element stands in a later stage.
// Reports `after` that means a later element or makes a cycle, and leaves that edge out.
StageOrder order_of(const RawNode& root, const std::vector<std::shared_ptr<const Element>>& elements,
                    PipelineNames& names, const std::function<bool(const std::string&)>& is_later,
                    DiagnosticSink& sink);

// Sets `order.sequence`: every node after those before it, otherwise as written. False when the edges make a
// circle.
bool sort(StageOrder& order);

// How many pairs `elements_before` gives in all.
size_t direct_orders(const StageOrder& order);

// For every element the elements directly before it, joins looked through.
std::vector<std::vector<size_t>> elements_before(const StageOrder& order);

}  // namespace pipec::sema
