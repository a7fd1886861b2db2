// Finds the graph in emitted workflows, without the pipeline that they were made from.
#pragma once

#include "backends/backend.h"

namespace pipec::backends::github {

// Only routes count that something starts: the caller, or a person. An approval is one only where
// settings.json gives the environment reviewers.
FoundPipeline read_workflows(const OutputSet& output);

}  // namespace pipec::backends::github
