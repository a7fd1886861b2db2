// The model as values, for the backends.
#pragma once

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"

#include <string>
#include <vector>

namespace pipec::ir {

struct SourceText {
  std::string path;
  std::string_view text;
};

// Needs a model without errors. `sources`: the user's files, the entry first.
Program lower(const sema::Model& model, const std::vector<SourceText>& sources);

}  // namespace pipec::ir
