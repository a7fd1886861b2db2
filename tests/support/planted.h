// Planted bugs of backends: a target's output is changed, and reading it back must find that.
#pragma once

#include "compiler/ir/ir.h"

#include <string>
#include <vector>

namespace pipec::test {

// What reading back finds wrong with a target's output in which `to` stands wherever it said `from`, which
// must occur; with the output as it is when `from` is empty.
std::vector<std::string> defects(const ir::Pipeline& pipeline, const std::string& target,
                                 const std::string& from = "", const std::string& to = "");

}  // namespace pipec::test
