#pragma once

#include "compiler/sema/model.h"

#include <optional>

namespace pipec::rules {

// What is taken out of the text so that a change at this place, a `skip` or a `replace`, is not made: the
// whole step, or the place with its comma. Nothing when neither the pipeline nor one of its bases has such a
// step.
std::optional<Span> removal_of(const sema::Pipeline& pipeline, Span place);

}  // namespace pipec::rules
