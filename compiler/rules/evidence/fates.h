// Whether what fails in a script lets the script fail. It runs under `set -e`, in bash with `pipefail`.
#pragma once

#include "compiler/support/shell_words.h"

#include <string>
#include <vector>

namespace pipec::rules {

// Whether the script gets to a command: an `exit 0` before it may end it, by a condition or in any case.
enum class Reached : uint8_t { always, perhaps, never };

// What becomes of the failure of a command.
struct Fate {
  // It ends the script with a failure, or decides with which status that ends.
  bool seen = true;
  // What hides it, in words around the name of what fails: "`|| true` hides that ", " fails".
  std::string before;
  std::string after;
  // By `!`: the script would fail when it succeeds.
  bool turned = false;
  Reached reached = Reached::always;
};

// How a script is run.
struct RunAs {
  bool errexit = true;
  bool pipefail = true;
  // What becomes of its status.
  Fate status;
  // How what does not end it is hidden.
  Fate goes_on;
};

// Of each command, in the order of the script.
std::vector<Fate> fates(const ShellScript& script, const RunAs& as);

}  // namespace pipec::rules
