// Applies the safe fixes of what is found in a file and its imports: `pipec lint --fix`.
#pragma once

#include "compiler/driver/session.h"

namespace pipec::driver {

// Fixes, checks again and fixes what that shows, until nothing safe is left; then writes every changed file
// as a whole and says what was done. Writes files of the user below the root only. Gives `ok` or why nothing
// could be done.
int apply_safe_fixes(const Options& options, Environment& environment);

}  // namespace pipec::driver
