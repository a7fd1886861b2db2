// Who agrees before production in a hotfix.
#pragma once

#include "compiler/rules/rules.h"

#include <vector>

namespace pipec::rules {

// The approvals that are always given before the element at `at` starts.
std::vector<const sema::Element*> approvals_before(const sema::Route& route, sema::Route::Position at);

// Whether the group of the hotfix's approval is one that agrees in trunk: for an approval of trunk the same,
// for another one any that agrees in production there. Reports when it is not.
bool approved_as_in_trunk(const Context& context, const sema::Element& approval,
                          const sema::Element& deployment);

}  // namespace pipec::rules
