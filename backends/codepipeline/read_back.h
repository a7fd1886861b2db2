// Finds the graph in emitted templates, without looking at the pipeline that they were made from.
#pragma once

#include "backends/backend.h"

namespace pipec::backends::codepipeline {

FoundPipeline read_templates(const OutputSet& output);

}  // namespace pipec::backends::codepipeline
