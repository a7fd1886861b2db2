// Reports what AWS CodePipeline cannot express, where the file asks for it.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/ir/ir.h"

namespace pipec::backends::codepipeline {

void check_pipeline(const ir::Pipeline& pipeline, DiagnosticSink& sink);

}  // namespace pipec::backends::codepipeline
