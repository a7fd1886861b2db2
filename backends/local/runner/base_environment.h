// The environment that scripts start with, and the secrets that must not be seen.
#pragma once

#include "backends/local/plan.h"
#include "backends/local/runner/masking.h"
#include "backends/local/runner/runner.h"

#include <map>
#include <string>

namespace pipec::runner {

// The values of all secrets of the plan, as far as they are in the runner's environment.
Secrets secrets_of(const local::Plan& plan, const Console& console);

// The process's own environment without the variables that hold secrets of the plan, and without those by
// which a shell changes how it works; with a UTF-8 locale and the folder for temporary files.
std::map<std::string, std::string> base_environment(const local::Plan& plan, const std::string& temporary);

}  // namespace pipec::runner
