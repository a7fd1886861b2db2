// What a run does, as values that can be compared with what a test expects.
#pragma once

#include "compiler/sema/model.h"

#include <optional>

namespace pipec::expect {

// A fact of the route that the test starts: its elements, environments, approvers, or the incident. Elements
// stand in their written order, everything else in the order of its first use, once. Needs a route, and a
// subject that is such a fact.
sema::Value fact(const sema::Test& test, sema::Subject subject);

// What a property of an element amounts to, whether it is set, has a default, or follows from elsewhere: the
// timeout of the capability, the approvers of the environment. Nothing when there is no such thing.
std::optional<sema::Value> property(const sema::Element& element, std::string_view name);

}  // namespace pipec::expect
