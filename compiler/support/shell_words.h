// The commands of a shell script, as far as their words show them: quotes are read, nothing is expanded. Here
// documents and arithmetic are opaque, substituted scripts are texts. After POSIX, Shell Command
// Language, 2.3 and 2.9, with bash's `|&`, `&>`, `<<<`, `[[ … ]]` and `(( … ))`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
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
  // The first one of a test is `[[`, of arithmetic `((`, whose second one is all that is inside.
  std::vector<std::string> words;
  // Name and value of `NAME=VALUE` before the words.
  std::vector<std::pair<std::string, std::string>> assignments;
  // In the order of the script.
  std::vector<ShellRedirection> redirections;
  // How many `if`, loops, `case`, `{` and `(` it stands in, and which of them is the innermost, as an index
  // into ShellScript::blocks.
  size_t depth = 0;
  size_t block = 0;
  // Which part of that block: another one begins behind `then`, `else`, `do` and patterns. 1 is a condition.
  size_t part = 0;
  // Its status decides what runs next and ends nothing: behind `if`, `while`, `until` and `!`.
  bool condition = false;
  // The condition is that of an `if` or `elif`, which goes on either way.
  bool branches = false;
  // Behind `!`: its status is turned around.
  bool negated = false;
  // It, or what it is a part of, ends with `&`: nobody waits for its status.
  bool background = false;
  // The scripts of which something takes what they print: `$(…)`, `` `…` ``, `<(…)`, `>(…)`.
  std::vector<std::string> substituted;
};

// What commands stand in.
struct ShellBlock {
  enum class Kind : uint8_t { script, braces, subshell, branch, loop, choice };
  Kind kind = Kind::script;
  // What it stands in; of the script itself that is the script.
  size_t parent = 0;
  // Which part of that.
  size_t part = 0;
  // The words behind `for`, `case` and `select`; of other loops `while` or `until`.
  std::string header;
};

struct ShellScript {
  // In the order of the text.
  std::vector<ShellCommand> commands;
  // The script itself first, the others in the order in which they begin.
  std::vector<ShellBlock> blocks;
};

// Reads every command. What is no valid script gives what can be made out.
ShellScript shell_script(std::string_view text);

}  // namespace pipec
