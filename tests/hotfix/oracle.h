// What a hotfix guarantees, read from the IR so simply that it needs nothing of the compiler's proof.
#pragma once

#include "compiler/ir/ir.h"

#include <string>
#include <vector>

namespace pipec::test {

// Sentences on what the hotfix of the pipeline breaks; none when it keeps every promise.
std::vector<std::string> broken_promises(const ir::Pipeline& pipeline);

}  // namespace pipec::test
