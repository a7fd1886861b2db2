// Runs the compiler, or the whole program, in memory.
#pragma once

#include "backends/backend.h"
#include "compiler/frontend/standard_library.h"
#include "compiler/ir/ir.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace pipec::test {

// The text of a file of the source tree, by its path from the root. Fails the test when there is none.
std::string source_file(const std::string& path);
// The profile `small`, with a word for each kind of element: what pipelines of tests import, or have before
// them.
std::string small_words();

// The IR of a `.pipe` text that must be free of errors. `targets`: all when empty.
ir::Program compile(const std::string& text, const std::vector<std::string>& targets = {});

// The files that a backend emits for the first pipeline of the program, by path.
std::map<std::string, std::string> emit(const ir::Program& program, const std::string& target);

struct RunResult {
  int exit_code = 0;
  std::string out;
  std::string err;
  // The files of the in-memory disk afterwards.
  std::map<std::string, std::string> files;
  // How often a file was written.
  size_t writes = 0;
};

// Runs pipec on an in-memory disk that holds `files`; the day is 2026-11-21. `variables`: its environment.
RunResult run(const std::vector<std::string>& arguments, std::map<std::string, std::string> files,
              const std::map<std::string, std::string>& variables = {});
// The same with another standard library.
RunResult run(const std::vector<std::string>& arguments, std::map<std::string, std::string> files,
              std::span<const StandardFile> library,
              const std::map<std::string, std::string>& variables = {});

}  // namespace pipec::test
