// What GitHub cannot express, or would do otherwise than the pipeline says.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/ir/ir.h"

namespace pipec::backends::github {

// Reports each at the place that asks for it. Nothing is emitted after an error.
void check_pipeline(const ir::Pipeline& pipeline, DiagnosticSink& sink);

}  // namespace pipec::backends::github
