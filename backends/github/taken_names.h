// The names that a pipeline takes in its repository and in AWS.
#pragma once

#include "backends/backend.h"

#include <vector>

namespace pipec::backends::github {

// Needs a pipeline that `check` accepted.
std::vector<TakenName> names_of(const ir::Pipeline& pipeline);

}  // namespace pipec::backends::github
