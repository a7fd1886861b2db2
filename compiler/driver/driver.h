// The program: arguments in, output and exit code out. Everything that it touches outside of itself is in the
// environment that it is given, so that tests run the whole program in memory.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/frontend/file_system.h"
#include "compiler/frontend/standard_library.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pipec::driver {

// Exit codes, the same for every command.
enum ExitCode : int {
  ok = 0,
  findings = 1,
  wrong_use = 2,
  run_failed = 3,
  io_error = 4,
  defect = 70,
};

struct Environment {
  FileSystem& files;
  std::span<const StandardFile> library;
  // What was asked for, and what a person reads.
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Columns of the terminal; 0 when there is none.
  size_t columns = 0;
  std::function<std::optional<std::string>(const std::string&)> variable;
  // Today in UTC.
  std::function<ast::DateExpr()> today;
};

// `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace pipec::driver
