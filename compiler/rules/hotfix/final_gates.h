// Final gates bind every route that reaches the deployments they guard.
#pragma once

#include "compiler/rules/rules.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::rules {

// Reports where a deployment of `route` lacks a final gate of `origin`, or has it weaker. `unknown_owes_all`:
// an environment to which `origin` does not deploy owes every final gate. Gives the gates that hold and what
// they guard.
std::map<std::string, std::vector<std::string>> check_final_gates(const Context& context,
                                                                  const sema::Route& origin,
                                                                  const sema::Route& route,
                                                                  bool unknown_owes_all);

// The same where nothing is deployed, on the workstation: every final gate of `origin` is in `route`, as
// strict.
void check_final_gates_stay(const Context& context, const sema::Route& origin, const sema::Route& route);

}  // namespace pipec::rules
