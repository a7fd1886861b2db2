// What a plan must keep beyond its schema, because the runner relies on it.
#pragma once

#include "backends/local/plan.h"
#include "backends/local/plan_node.h"

namespace pipec::local {

// Whether a path stays in the checkout: relative and without `..`.
bool stays_inside(std::string_view path);

// Reports names that refer to nothing or are used twice, needs in a circle, ids that are no names of files,
// paths that leave the checkout, windows and zones that are none.
void check_plan(const Plan& plan, Mistakes& mistakes);

}  // namespace pipec::local
