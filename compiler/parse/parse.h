// Text to syntax tree. ANTLR is behind this header and in this folder only.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace pipec::parse {

// Brackets may be nested this deep; deeper input is refused before it is parsed.
inline constexpr size_t max_nesting = 64;
// Properties of one body, arguments with a name included; with more the file is refused before it is parsed.
inline constexpr size_t max_properties = 10'000;
// The longest name, in bytes. YAML keys end at 1024 characters, and some are made of a few names.
inline constexpr size_t max_name = 200;
// After this many syntax errors in one file the rest is not reported.
inline constexpr size_t max_errors = 20;

// Parses one source. Never fails: what could not be read is reported and left out of the tree, and
// `complete` is false then. Calls of several threads wait for one another (the ANTLR 4.9 runtime shares its
// caches).
ast::File parse(SourceId source, const SourceManager& sources, DiagnosticSink& sink);

}  // namespace pipec::parse
