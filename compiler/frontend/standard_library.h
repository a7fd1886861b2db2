// The standard library, embedded in the program: sources of stdlib/ and their syntax trees, made at build
// time by bake.cpp, so that nothing is parsed at start.
#pragma once

#include <span>
#include <string_view>

namespace pipec {

struct StandardFile {
  // The folder of stdlib/ that the file is in.
  std::string_view module;
  // As it is named in messages: `stdlib/dpra/application.pipe`.
  std::string_view path;
  std::string_view text;
  // ast::serialize of the file.
  std::string_view tree;
  // The names that it declares, one per line; those of constants are not among them.
  std::string_view names;
};

// Sorted by module and path.
std::span<const StandardFile> standard_library();

}  // namespace pipec
