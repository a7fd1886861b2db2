// What formatting must not change.
#pragma once

#include "compiler/ast/ast.h"

#include <string>

namespace pipec::format {

// Everything that the tree says but where it stands; equal for two files exactly when their trees are.
std::string meaning(const ast::File& file);

// The comments in their order, each without the white space at its end.
std::string comments(const ast::File& file, const SourceManager& sources);

}  // namespace pipec::format
