// A runbook as a plan of one stage, so that its steps are run by what runs the elements of a pipeline.
#pragma once

#include "backends/local/plan.h"
#include "compiler/sema/runbooks.h"

#include <string>

namespace pipec::driver {

// The route of the plan.
inline constexpr std::string_view runbook_route = "runbook";

// The steps in their order, each after the one before. A `confirm` is an approval whose id is its title; a
// `link` is no element of the plan.
local::Plan runbook_plan(const sema::Runbook& runbook);

// What the runbook says, as a list for people; Markdown reads it as one, too.
std::string runbook_text(const sema::Runbook& runbook);

}  // namespace pipec::driver
