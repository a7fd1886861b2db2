// Who agrees before production in a hotfix.
#pragma once

#include "compiler/rules/rules.h"

#include <vector>

namespace pipec::rules {

// The approvals that are always given before the element at `at` starts.
std::vector<const sema::Element*> approvals_before(const sema::Route& route, sema::Route::Position at);

// The approval by which a change of the environment is agreed to as in trunk: by a group that trunk asks for
// that environment, and by somebody else than the author where the environment wants that. Null where there
// is none, with a report unless there are no approvals with a group at all.
const sema::Element* approved_as_in_trunk(const Context& context, const sema::Route& hotfix,
                                          const std::vector<const sema::Element*>& approvals,
                                          const sema::Element& deployment,
                                          const sema::Environment* environment);

}  // namespace pipec::rules
