// Shared by the rule of the same name and the hotfix proof.
#pragma once

#include "compiler/rules/rules.h"

#include <string>
#include <vector>

namespace pipec::rules {

// Reports when the route's critical path does not fit its budget on one of the targets, with the elements
// that make it long. `what` names the route in the message.
bool check_route_budget(const Context& context, const sema::Route& route, const std::string& what);

// The elements of a stage that make up its time on the target, in their order, as the stage runs: with a
// matrix as several.
std::vector<const sema::Element*> path_of(const Context& context, const sema::Route& route, size_t stage,
                                          const sema::Target& target, bool typical);

// Labels the elements of a path that cost most with what they cost on the target, and says what the others
// take, and what the platform itself takes: together the whole time.
void label_path(DiagnosticBuilder& report, const std::vector<const sema::Element*>& path,
                const sema::Target& target, bool typical, Duration overhead);

}  // namespace pipec::rules
