// Final gates bind every route that reaches the deployments they guard.
#pragma once

#include "compiler/rules/hotfix/owed_gates.h"
#include "compiler/rules/rules.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::rules {

// Reports where a deployment of `route` lacks a final gate of `origin`, or has it weaker. A final gate behind
// a deployment to its environment guards what that runs. Gives the gates that hold and what they guard.
std::map<std::string, std::vector<std::string>> check_final_gates(const Context& context,
                                                                  const sema::Route& origin,
                                                                  const sema::Route& route,
                                                                  const GateDuties& duties,
                                                                  ReportedGates& reported);

// The same for trunk or a route that is no hotfix, with what the pipeline declares and what trunk runs as
// origins.
void check_declared_gates(const Context& context, const sema::Route& route);

// The same where nothing is deployed, on the workstation: every final gate of `origin` is in `route`, as
// strict.
void check_final_gates_stay(const Context& context, const sema::Route& origin, const sema::Route& route);

}  // namespace pipec::rules
