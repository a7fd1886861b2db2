// How one name is taken out of the imports of a file, or added to them.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"

#include <optional>
#include <string_view>

namespace pipec::sema {

// The edit that removes the import of the name at `local`, and with the last name the import itself. Nothing
// when a comment would be lost, or when no import of the file has that name.
std::optional<Edit> remove_import(const ast::File& file, Span local);

// The edit that adds the name to an import; nothing for one without names.
std::optional<Edit> add_name(const ast::Import& import, std::string_view name);

// The edit that imports `name` from a module of the standard library: into the import that is there, or as
// one of its own behind the last. Nothing where the file has neither an import nor its first line.
std::optional<Edit> add_import(const ast::File& file, std::string_view module, std::string_view name);

}  // namespace pipec::sema
