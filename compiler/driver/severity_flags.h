// `--severity CODE=LEVEL`
#pragma once

#include "compiler/driver/judge.h"

#include <vector>

namespace pipec::driver {

// False, and a report, when one of them has not the form.
bool read_severities(const Options& options, Environment& environment, std::vector<SeverityFlag>& flags);

// False, and a report, when a flag names a code that neither the judged files nor the standard library know,
// or would lower an error.
bool severities_hold(const std::vector<SeverityFlag>& flags, const std::vector<Judged>& judged,
                     Environment& environment);

}  // namespace pipec::driver
