// From the checked pipeline to its local plan.
#pragma once

#include "backends/backend.h"
#include "backends/local/plan.h"

#include <string>
#include <string_view>

namespace pipec::local {

// The variable of the runner's environment from which the secret of that name is taken: `prod/token` is
// `prod_token`.
std::string secret_variable(std::string_view secret);

// Needs a pipeline that the backend's check accepted.
Plan lower_plan(const ir::Pipeline& pipeline, const backends::EmitOptions& options);

}  // namespace pipec::local
