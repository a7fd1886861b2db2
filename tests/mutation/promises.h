// What an accepted pipeline keeps, judged by the naive reading. Each says what is broken, or nothing.
#pragma once

#include "compiler/ir/ir.h"
#include "tests/mutation/reading.h"

#include <string>

namespace pipec::test {

// The compiler understood the text as it was read: elements, orders, thresholds, finals.
std::string differs_from(const ReadPipeline& read, const ir::Pipeline& compiled);

// Every required action is there or exempt.
std::string lacks_required(const ReadPipeline& read);

// No threshold is looser than its floor; every final gate is in every route that deploys what it guards,
// blocks it and stands before that, as strict as its floor; an approval stands before production in a hotfix.
std::string loses_guard(const ReadPipeline& read);

// A gate, a final mark, a threshold, a floor or an order of trunk or hotfix that `before` has and `after`
// does not.
std::string loss(const ReadPipeline& before, const ReadPipeline& after);

}  // namespace pipec::test
