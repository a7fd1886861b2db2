// Shared by the rule of the same name and the hotfix proof.
#pragma once

#include "compiler/rules/rules.h"

#include <string>

namespace pipec::rules {

// Reports when the route's critical path does not fit its budget on one of the targets, with the elements
// that make it long. `what` names the route in the message.
bool check_route_budget(const Context& context, const sema::Route& route, const std::string& what);

}  // namespace pipec::rules
