// Variables of the environment that nobody may set, because a program on the way to the command reads them.
#pragma once

#include <string_view>

namespace pipec {

// In which region an element works: AWS's own tools read it, and `per_region` sets it.
inline constexpr std::string_view region_variable = "AWS_REGION";

// Where a variable is set: for a command, or for a container, which it reaches through a shell and docker.
enum class VariableOf : unsigned char { command, container };

// What the variable decides, such as "which programs are found"; empty when it may be set there.
std::string_view decided_by(std::string_view variable, VariableOf of);

}  // namespace pipec
