// Finds and parses the files of a compilation: the entry file, what it imports, and the modules of the
// standard library that are used.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/frontend/file_system.h"
#include "compiler/frontend/standard_library.h"
#include "compiler/sema/declarations.h"
#include "compiler/source/source.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pipec {

// Imports that are nested in one another, imported files of the user, and the sizes of all of these in bytes.
inline constexpr size_t max_import_depth = 64;
inline constexpr size_t max_imports = 1'000;
inline constexpr size_t max_bytes_in_all = size_t{16} << 20;
// How the entry `-` is named.
inline constexpr std::string_view standard_input_name = "<stdin>";

struct LoadedProgram {
  // Owned here; `input` points to them.
  std::vector<std::unique_ptr<ast::File>> files;
  sema::ProgramInput input;
  // The files of the user in the order in which they were found, the entry first, by the path that was read.
  std::vector<std::string> paths;
};

// Null when the entry file cannot be read; `error` says why then. What cannot be imported is reported
// to `sink`. `root`: imports stay below this folder; the entry file's folder when empty. `library`:
// the standard library.
std::unique_ptr<LoadedProgram> load(const std::string& entry, const std::string& root,
                                    std::span<const StandardFile> library, FileSystem& files,
                                    SourceManager& sources, DiagnosticSink& sink, std::string& error);

}  // namespace pipec
