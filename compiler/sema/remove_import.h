// How one name is taken out of an import.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"

#include <optional>

namespace pipec::sema {

// The edit that removes the import of the name at `local`, and with the last name the import itself. Nothing
// when a comment would be lost, or when no import of the file has that name.
std::optional<Edit> remove_import(const ast::File& file, Span local);

}  // namespace pipec::sema
