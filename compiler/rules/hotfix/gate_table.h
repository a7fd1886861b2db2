// What runs normally and what runs in a hotfix, element by element.
#pragma once

#include "compiler/rules/hotfix/proof.h"

#include <vector>

namespace pipec::rules {

// The gates, approvals and deployments of trunk in its order, what the hotfix changes of the rest, then what
// it adds. A threshold that the hotfix loosens takes a row for each severity.
std::vector<GateRow> gate_table(const sema::Route& trunk, const sema::Route& hotfix);

}  // namespace pipec::rules
