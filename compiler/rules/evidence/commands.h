// What a command does, as far as the shell and POSIX say it; programs are data of capabilities.
#pragma once

#include "compiler/support/shell_words.h"

#include <optional>
#include <string>
#include <string_view>

namespace pipec::rules {

// `true` of `/bin/true`.
std::string_view base_name(std::string_view word);
// What it calls; empty for an assignment.
std::string_view program_of(const ShellCommand& command);

// `exit 0`, and whatever else succeeds whatever happened before.
bool ends_well(const ShellCommand& command);
bool always_succeeds(const ShellCommand& command);
// `exit 1`, `return "$status"`, `false`: what it is a part of fails.
bool ends_badly(const ShellCommand& command);
// `set +e` for `+`, `set -e` for `-`, alone or among other flags.
bool sets_errexit(const ShellCommand& command, char sign);
// `set +o pipefail` or `set -o pipefail`, alone or among other options.
bool sets_pipefail(const ShellCommand& command, char sign);

// It prints, sets the shell up, or does nothing at all.
bool examines_nothing(const ShellCommand& command);
bool only_prints(const ShellCommand& command);
// Shows things, brings them into place or clears them away, as `cat`, `mkdir` and `kill` do.
bool moves_things(const ShellCommand& command);
// Moves things, sets up what runs behind it, or examines nothing.
bool only_prepares(const ShellCommand& command);
// `[`, `[[`, `test`, `((`.
bool is_test(const ShellCommand& command);

// A script that stands in a word of a command: `bash -ec "…"`.
struct InnerScript {
  std::string shell;
  std::string_view text;
  // It was called with `-e`.
  bool errexit = false;
};
std::optional<InnerScript> inner_script(const ShellCommand& command);
// The shell or interpreter that runs what it reads: `bash`, `sudo sh -s -- --yes`, `python3 -`; empty when
// there is none.
std::string_view runner_of_input(const ShellCommand& command);
// The file that it runs: that of `bash FILE`, `. FILE`, `python3 FILE`, or the program itself; empty when
// there is none.
std::string_view file_run(const ShellCommand& command);

// Scripts within scripts are looked at to this depth.
inline constexpr size_t most_levels = 4;

}  // namespace pipec::rules
