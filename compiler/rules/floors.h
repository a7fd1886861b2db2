// A floor is how far a threshold may be loosened, so nothing that is derived lowers it.
#pragma once

#include "compiler/rules/rules.h"

namespace pipec::rules {

// Reports gates of an heir's route that have no floor as strict as in that of its base.
void keep_floors_of_base(const Context& context, const sema::Route& base, const sema::Route& route);

// The route whose floors another one keeps: trunk for a hotfix, else what the pipeline declares.
const sema::Route& origin_of_floors(const sema::Pipeline& pipeline, const sema::Route& route);

// Reports gates whose floor the route itself lowers, final or not. Another gate under the same name is not
// the one that has the floor.
void keep_floors(const Context& context, const sema::Route& route);

}  // namespace pipec::rules
