// The names that a pipeline takes in the accounts of AWS.
#pragma once

#include "backends/backend.h"

#include <vector>

namespace pipec::backends::codepipeline {

// Needs a pipeline that `check` accepted.
std::vector<TakenName> names_of(const ir::Pipeline& pipeline);

}  // namespace pipec::backends::codepipeline
