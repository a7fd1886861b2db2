// In whose name the rules of a profile speak.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/named_values.h"

namespace pipec::sema {

// Reports the `origin` among the values of a profile or a rule when the standard library claims it and
// `owner`, the profile, belongs to the user: findings would say that somebody else asks for what he asks for.
void check_origin(const NamedValues& values, const Entity& owner, Declarations& declarations);

}  // namespace pipec::sema
