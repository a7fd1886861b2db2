#include "compiler/rules/evidence/commands.h"

#include <algorithm>
#include <array>
#include <span>

namespace pipec::rules {
namespace {

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_shell(std::string_view name) {
  constexpr auto shells = std::to_array<std::string_view>({"bash", "sh", "dash", "zsh", "ksh"});
  return is_one_of(name, shells);
}

// `python3`, `python3.12`, `node`.
bool is_interpreter(std::string_view name) {
  constexpr auto interpreters = std::to_array<std::string_view>({"python", "perl", "ruby", "node", "php"});
  return is_one_of(name.substr(0, name.find_last_not_of("0123456789.") + 1), interpreters);
}

// The word is the program that runs, not an argument: nothing stands before it but what starts programs.
bool is_called(const ShellCommand& command, size_t at) {
  constexpr auto starters =
      std::to_array<std::string_view>({"sudo", "env", "exec", "command", "nice", "nohup", "time"});
  return std::all_of(command.words.begin(), command.words.begin() + static_cast<ptrdiff_t>(at),
                     [&](const std::string& word) {
                       return is_one_of(base_name(word), starters) || word.starts_with('-') ||
                              word.find('=') != std::string::npos;
                     });
}

bool is_standard_input(std::string_view word) { return word == "-" || word == "/dev/stdin"; }

bool examines_nothing(const ShellCommand& command, size_t level);

bool examines_nothing(std::string_view text, size_t level) {
  const ShellScript script = shell_script(text);
  return level < most_levels &&
         std::all_of(script.commands.begin(), script.commands.end(),
                     [&](const ShellCommand& command) { return examines_nothing(command, level + 1); });
}

bool examines_nothing(const ShellCommand& command, size_t level) {
  // An assignment fails with what it substitutes; that of `export` does not.
  if (command.words.empty())
    return std::all_of(command.substituted.begin(), command.substituted.end(),
                       [&](const std::string& script) { return examines_nothing(script, level); });
  if (const auto inner = inner_script(command)) return examines_nothing(inner->text, level);
  const std::string_view program = program_of(command);
  // `wait` without an operand succeeds whatever it has waited for (POSIX, wait).
  if (command.words.size() == 1 && (program == "exit" || program == "wait")) return true;
  constexpr auto shell_itself =
      std::to_array<std::string_view>({"set", "cd", "pwd", "export", "local", "declare", "readonly", "shift",
                                       "unset", "umask", "ulimit", "date", "sleep", "trap", "shopt"});
  // `--version` and `--help` only say what a program is (GNU Coding Standards, 4.8).
  const std::string& last = command.words.back();
  const bool asks = command.words.size() > 1 && (last == "--version" || last == "--help");
  return always_succeeds(command) || is_one_of(program, shell_itself) || asks;
}

}  // namespace

std::string_view base_name(std::string_view word) {
  const size_t slash = word.rfind('/');
  return slash == std::string_view::npos ? word : word.substr(slash + 1);
}

std::string_view program_of(const ShellCommand& command) {
  return command.words.empty() ? std::string_view() : base_name(command.words.front());
}

bool ends_well(const ShellCommand& command) {
  const std::string_view program = program_of(command);
  return (program == "exit" || program == "return") && command.words.size() > 1 &&
         command.words[1].find_first_not_of('0') == std::string::npos;
}

bool always_succeeds(const ShellCommand& command) {
  constexpr auto programs = std::to_array<std::string_view>({"true", ":", "echo", "printf"});
  return is_one_of(program_of(command), programs) || ends_well(command);
}

bool ends_badly(const ShellCommand& command) {
  const std::string_view program = program_of(command);
  return program == "false" || ((program == "exit" || program == "return") && !ends_well(command));
}

bool sets_errexit(const ShellCommand& command, char sign) {
  if (program_of(command) != "set") return false;
  const auto& words = command.words;
  for (size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    const std::string& flags = words[i];
    if (flags.size() < 2 || flags[0] != sign) continue;
    const bool named = flags.back() == 'o' && i + 1 < words.size() && words[i + 1] == "errexit";
    if (named || flags.find('e', 1) != std::string::npos) return true;
  }
  return false;
}

bool sets_pipefail(const ShellCommand& command, char sign) {
  if (program_of(command) != "set") return false;
  const auto option = std::find(command.words.begin(), command.words.end(), "pipefail");
  if (option == command.words.end() || option == command.words.begin()) return false;
  const std::string& flags = *(option - 1);
  return flags.size() > 1 && flags.front() == sign && flags.back() == 'o';
}

bool examines_nothing(const ShellCommand& command) { return examines_nothing(command, 0); }

bool only_prints(const ShellCommand& command) {
  return !command.words.empty() && program_of(command) != "exit" && examines_nothing(command);
}

bool moves_things(const ShellCommand& command) {
  // Utilities of POSIX and of every Linux.
  constexpr auto utilities = std::to_array<std::string_view>(
      {"mkdir", "rmdir",   "rm",     "cp",   "mv",   "ln",   "touch",  "chmod",  "chown",
       "tee",   "cat",     "ls",     "tar",  "gzip", "zip",  "gunzip", "unzip",  "kill",
       "pkill", "killall", "mktemp", "head", "tail", "sort", "id",     "whoami", "uname"});
  return is_one_of(program_of(command), utilities);
}

bool only_prepares(const ShellCommand& command) {
  constexpr auto starters = std::to_array<std::string_view>({"source", ".", "env", "read", "wait"});
  return examines_nothing(command) || moves_things(command) || is_one_of(program_of(command), starters);
}

bool is_test(const ShellCommand& command) {
  constexpr auto tests = std::to_array<std::string_view>({"[", "[[", "test", "(("});
  return is_one_of(program_of(command), tests);
}

std::optional<InnerScript> inner_script(const ShellCommand& command) {
  for (size_t i = 0; i < command.words.size(); ++i) {
    const std::string_view name = base_name(command.words[i]);
    if (!is_shell(name)) continue;
    InnerScript script{.shell = std::string(name)};
    bool given = false;
    for (size_t j = i + 1; j < command.words.size(); ++j) {
      const std::string_view option = command.words[j];
      const bool flags = option.size() > 1 && option[0] == '-' && option[1] != '-';
      script.errexit = script.errexit || option == "errexit" || (flags && option.find('e') != option.npos);
      given = given || (flags && option.find('c') != option.npos);
      if (flags && option.ends_with('o')) ++j;
      if (flags || option.starts_with("--")) continue;
      script.text = option;
      if (given) return script;
      break;
    }
  }
  return std::nullopt;
}

std::string_view runner_of_input(const ShellCommand& command) {
  for (size_t i = 0; i < command.words.size(); ++i) {
    const std::string_view name = base_name(command.words[i]);
    if (is_interpreter(name) && is_called(command, i)) {
      const bool reads = i + 1 == command.words.size() || is_standard_input(command.words[i + 1]);
      return reads ? name : std::string_view();
    }
    if (!is_shell(name)) continue;
    for (size_t j = i + 1; j < command.words.size(); ++j) {
      const std::string_view word = command.words[j];
      if (word == "-s" || word == "/dev/fd" || is_standard_input(word)) return name;
      if (!word.starts_with('-')) return {};
      if (word.find('c') != std::string_view::npos && !word.starts_with("--")) return {};
    }
    return name;
  }
  return {};
}

std::string_view file_run(const ShellCommand& command) {
  for (size_t i = 0; i < command.words.size() && is_called(command, i); ++i) {
    const std::string_view name = base_name(command.words[i]);
    if (command.words[i].find('/') != std::string::npos && !is_shell(name) && !is_interpreter(name))
      return command.words[i];
    if (!is_shell(name) && !is_interpreter(name) && name != "." && name != "source") continue;
    const auto file = std::find_if(command.words.begin() + static_cast<ptrdiff_t>(i) + 1, command.words.end(),
                                   [](const std::string& word) { return !word.starts_with('-'); });
    return file == command.words.end() || inner_script(command) ? std::string_view() : *file;
  }
  return {};
}

}  // namespace pipec::rules
