// `pipec explain FILE PLACE[.PROPERTY]`: what a property is, which line set it and over which lines it won.
#pragma once

#include "compiler/driver/session.h"

namespace pipec::driver {

// `options.inputs` are the file and the place: `[ROUTE:]ELEMENT[.PROPERTY]`, or the budget of a stage or
// route, `STAGE.budget`. `--route` limits the answer like `ROUTE:` does.
int explain_place(const Options& options, Environment& environment);

}  // namespace pipec::driver
