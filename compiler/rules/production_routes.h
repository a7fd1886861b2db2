// What stands in the place of production under another name.
#pragma once

#include "compiler/rules/rules.h"

#include <vector>

namespace pipec::rules {

struct Neighbour {
  const sema::Stage* stage = nullptr;
  const sema::Environment* production = nullptr;
};

// The stages of the route that may change an environment which is not production's and has its account and
// one of its regions.
std::vector<Neighbour> neighbours_of_production(const sema::Pipeline& pipeline, const sema::Route& route);

}  // namespace pipec::rules
