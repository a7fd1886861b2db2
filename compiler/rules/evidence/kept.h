// A status that a script keeps, and ends with later: `rc=$?` … `exit "$rc"`.
#pragma once

#include "compiler/rules/evidence/fates.h"

namespace pipec::rules {

// Whether the status of the command at `index`, which ends nothing by itself, lets the script fail later.
// `fates`: of every command of the script.
bool is_kept(const ShellScript& script, const std::vector<Fate>& fates, size_t index);

}  // namespace pipec::rules
