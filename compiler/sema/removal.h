// How a step that leaves something out is taken back.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

namespace pipec::sema {

// Offers to take out of the text what makes the change at this place, a `skip` or a `replace`: the whole
// step, or the place with its comma. Nothing where the pipeline has no such step.
void offer_removal(DiagnosticBuilder& report, const ast::Pipeline& pipeline, Span place);
// The same of the pipeline and its bases.
void offer_removal(DiagnosticBuilder& report, const Pipeline& pipeline, Span place);

}  // namespace pipec::sema
