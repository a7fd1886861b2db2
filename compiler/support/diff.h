// The difference of two texts, for people and for patch(1).
#pragma once

#include <string>
#include <string_view>

namespace pipec {

// In the unified form with three lines around each change; empty when the texts are equal.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace pipec
