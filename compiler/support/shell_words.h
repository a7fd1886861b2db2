// The commands of a shell script, as far as their words show them: quotes are read, nothing is expanded. Here
// documents and arithmetic are opaque, substituted scripts are texts. After POSIX, Shell Command
// Language, 2.3 and 2.9, with bash's `|&`, `&>` and `<<<`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipec {

struct ShellRedirection {
  // The descriptor that is sent elsewhere; `both` for `&>`.
  static constexpr int both = -1;
  int from = 1;
  // `/dev/null`, or `&1` for another descriptor.
  std::string to;
};

// How a command is joined to the one before it.
enum class ShellJoin : uint8_t { sequence, if_succeeded, if_failed, pipe };

struct ShellCommand {
  ShellJoin join = ShellJoin::sequence;
  // Program and arguments; assignments before them are left out. Empty for a redirection or assignment alone.
  std::vector<std::string> words;
  // In the order of the script.
  std::vector<ShellRedirection> redirections;
  // How many `if`, loops, `case`, `{` and `(` it stands in, and which of them is the innermost: they count
  // from 1.
  size_t depth = 0;
  size_t block = 0;
  // Its status decides what runs next and ends nothing: behind `if`, `while`, `until` and `!`.
  bool condition = false;
  // The condition is that of an `if` or `elif`, which goes on either way.
  bool branches = false;
  // It, or what it is a part of, ends with `&`: nobody waits for its status.
  bool background = false;
  // The scripts of which something takes what they print: `$(…)`, `` `…` ``, `<(…)`, `>(…)`.
  std::vector<std::string> substituted;
};

// Every command, in the order of the text. What is no valid script gives what can be made out.
std::vector<ShellCommand> shell_commands(std::string_view script);

}  // namespace pipec
