// The files that a command line means: those that it names, and those below the folders that it names.
#pragma once

#include "compiler/driver/driver.h"
#include "compiler/driver/options.h"

#include <string>
#include <vector>

namespace pipec::driver {

struct Input {
  std::string path;
  // Imports stay below this folder; empty for the file's own.
  std::string root;
  // The file itself was named, not a folder above it.
  bool named = false;
};

// In the order of the command line, the files of a folder sorted; each once. Below a folder that is every
// `.pipe` file outside of hidden folders, `build` and `node_modules`, and every folder that may not be read:
// reading it says why. What does not exist is taken for a file.
std::vector<Input> inputs_of(const Options& options, FileSystem& files);

// Says that no `.pipe` file was found; the exit code.
int no_inputs(const Options& options, Environment& environment);

}  // namespace pipec::driver
