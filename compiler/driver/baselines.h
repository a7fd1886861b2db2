// `--baseline` and `--write-baseline` of `pipec lint`.
#pragma once

#include "compiler/driver/driver.h"
#include "compiler/driver/options.h"
#include "compiler/report/formats.h"

#include <vector>

namespace pipec::driver {

// Marks what the baseline knows, after it was written anew where that is asked for. `ok`, or why that could
// not be done, which was reported then. Writes the baseline as a whole or not at all.
int apply_baselines(std::vector<report::JudgedFile>& files, const Options& options, Environment& environment);

}  // namespace pipec::driver
