// A syntax tree as bytes: how the standard library is embedded, so that it is not parsed at every start.
#pragma once

#include "compiler/ast/ast.h"

#include <string>
#include <string_view>

namespace pipec::ast {

// `text` is the source from which `file` was parsed; names are stored as places in it.
std::string serialize(const File& file, std::string_view text);

// The inverse. The bytes are trusted: they were made by the same build. `text` must outlive the tree.
File deserialize(std::string_view bytes, SourceId source, std::string_view text);

}  // namespace pipec::ast
