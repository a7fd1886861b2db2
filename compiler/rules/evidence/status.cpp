// Whether what fails in a script lets the script fail. It runs under `set -e`, in bash with `pipefail`.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/evidence.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using Commands = std::vector<ShellCommand>;

bool calls(const ShellCommand& command, std::string_view program) {
  return !command.words.empty() && command.words.front() == program;
}

bool is_one_of(const ShellCommand& command, std::initializer_list<std::string_view> programs) {
  return std::any_of(programs.begin(), programs.end(),
                     [&](std::string_view program) { return calls(command, program); });
}

bool ends_well(const ShellCommand& command) {
  return calls(command, "exit") && command.words.size() > 1 && command.words[1] == "0";
}

// Whatever happened before, it succeeds.
bool always_succeeds(const ShellCommand& command) {
  return is_one_of(command, {"true", ":", "echo", "printf"}) || ends_well(command);
}

// Substitutions and scripts within scripts are looked at to this depth.
constexpr size_t most_levels = 4;

// A script that stands in a word of a command: `bash -ec "…"`.
struct InnerScript {
  std::string shell;
  std::string_view text;
  // It was called with `-e`.
  bool errexit = false;
};

std::optional<InnerScript> inner_script(const ShellCommand& command) {
  for (size_t i = 0; i < command.words.size(); ++i) {
    const std::string_view word = command.words[i];
    const std::string_view name = word.substr(word.rfind('/') + 1);
    if (name != "bash" && name != "sh" && name != "dash") continue;
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

bool examines_nothing(const ShellCommand& command, size_t level);

bool examines_nothing(std::string_view script, size_t level) {
  const Commands commands = shell_commands(script);
  return level < most_levels &&
         std::all_of(commands.begin(), commands.end(),
                     [&](const ShellCommand& command) { return examines_nothing(command, level + 1); });
}

// Examines nothing: it prints, sets the shell up, or does nothing at all.
bool examines_nothing(const ShellCommand& command, size_t level = 0) {
  // An assignment fails with what it substitutes; that of `export` does not.
  if (command.words.empty())
    return std::all_of(command.substituted.begin(), command.substituted.end(),
                       [&](const std::string& script) { return examines_nothing(script, level); });
  if (const auto inner = inner_script(command)) return examines_nothing(inner->text, level);
  // `wait` without an operand succeeds whatever it has waited for (POSIX, wait).
  const bool alone = command.words.size() == 1 && is_one_of(command, {"exit", "wait"});
  return alone || always_succeeds(command) ||
         is_one_of(command, {"set", "cd", "pwd", "export", "local", "date", "sleep", "trap"});
}

// `set +e` or `set -e`, alone or among others.
bool sets_errexit(const ShellCommand& command, char sign) {
  if (!calls(command, "set") || command.words.size() < 2) return false;
  const std::string& flags = command.words[1];
  if (flags.size() < 2 || flags[0] != sign) return false;
  return flags.find('e', 1) != std::string::npos ||
         (flags[1] == 'o' && command.words.size() > 2 && command.words[2] == "errexit");
}

// The name of a program that does the element's work, called in [begin, end); empty when there is none.
std::string known_in(const std::vector<Call>& known, size_t begin, size_t end) {
  const auto call = std::lower_bound(known.begin(), known.end(), begin,
                                     [](const Call& a, size_t index) { return a.command < index; });
  return call == known.end() || call->command >= end ? "" : call->program->name;
}

// Behind the last command of the block in which the one at `begin` stands.
size_t end_of_block(const Commands& commands, size_t begin) {
  const ShellCommand& first = commands[begin];
  size_t end = begin + 1;
  while (end < commands.size() && (commands[end].depth > first.depth || commands[end].block == first.block))
    ++end;
  return end;
}

// `decides`: the status of the script is that of the element.
void check_hidden(const OwnCommand& own, const std::vector<Call>& known, bool decides,
                  std::vector<Weakness>& found) {
  const Commands& commands = own.commands;
  // Where the list of `&&`, `||` and `|` begins in which the command stands.
  size_t list = 0;
  for (size_t i = 1; i < commands.size(); ++i) {
    if (commands[i].join == ShellJoin::sequence) list = i;
    // A group in braces ends as its last command does: `|| { echo "bad"; exit 1; }` hides nothing.
    const bool group = commands[i].depth > commands[i - 1].depth;
    const size_t end = group ? end_of_block(commands, i) : i + 1;
    const ShellCommand& decisive = commands[end - 1];
    if (commands[i].join != ShellJoin::if_failed || !always_succeeds(decisive)) continue;
    std::string program = known_in(known, list, i);
    // Whatever it is, the status of the last command is that of the gate.
    const size_t depth = group ? commands[i - 1].depth : commands[i].depth;
    const bool last = decides && end == commands.size() && depth == 0;
    if (program.empty() && last && own.element.checks() && !commands[i - 1].words.empty())
      program = commands[i - 1].words.front();
    if (program.empty()) continue;
    const std::string with = decisive.words.front() + (ends_well(decisive) ? " 0" : "");
    found.push_back(
        {&diag::failure_hidden, own.at, fmt::format("`|| {}` hides that `{}` fails", with, program)});
  }
}

// `set +e` that nothing takes back, before a command that is not the last one.
void check_errexit(const OwnCommand& own, std::vector<Weakness>& found) {
  const Commands& commands = own.commands;
  for (size_t i = 0; i + 1 < commands.size(); ++i) {
    if (!sets_errexit(commands[i], '+')) continue;
    const bool taken_back = std::any_of(
        commands.begin() + static_cast<ptrdiff_t>(i), commands.end(), [](const ShellCommand& command) {
          return sets_errexit(command, '-') || (calls(command, "exit") && !ends_well(command));
        });
    const bool only_last = i + 2 == commands.size() && !examines_nothing(commands.back());
    if (!taken_back && !only_last)
      found.push_back({&diag::failure_hidden, own.at, "what fails behind `set +e` does not end it"});
    return;
  }
}

// A shell without `pipefail` gives the status of the last command of a pipe.
void check_pipes(const OwnCommand& own, const std::vector<Call>& known, std::vector<Weakness>& found) {
  const sema::Value* shell = own.element.property("shell");
  if (shell == nullptr || shell->text() != "sh") return;
  for (size_t i = 1; i < own.commands.size(); ++i) {
    if (own.commands[i].join != ShellJoin::pipe) continue;
    const std::string program = known_in(known, i - 1, i);
    if (!program.empty())
      found.push_back({&diag::failure_hidden, own.at,
                       fmt::format("`sh` has no `pipefail`, so the pipe hides that `{}` fails", program)});
  }
}

// What goes on in the background while the shell itself examines nothing.
void check_background(const OwnCommand& own, std::vector<Weakness>& found) {
  std::string program;
  for (const ShellCommand& command : own.commands) {
    if (examines_nothing(command)) continue;
    if (!command.background) return;
    if (program.empty() && !command.words.empty()) program = command.words.front();
  }
  if (!program.empty())
    found.push_back(
        {&diag::failure_hidden, own.at,
         fmt::format("in the background, by `&`, `{}` fails unseen without `wait PID`", program)});
}

bool only_prints(const ShellCommand& command) {
  return !command.words.empty() && !calls(command, "exit") && examines_nothing(command);
}

// An `if` that prints something either way: the status of its condition is gone.
void check_branches(const OwnCommand& own, const std::vector<Call>& known, std::vector<Weakness>& found) {
  const Commands& commands = own.commands;
  const auto examining = std::count_if(commands.begin(), commands.end(), [](const ShellCommand& command) {
    return !examines_nothing(command);
  });
  for (size_t i = 0; i < commands.size(); ++i) {
    if (!commands[i].branches) continue;
    const size_t begin = i;
    const size_t end = end_of_block(commands, begin);
    std::string program;
    std::string known_program;
    ptrdiff_t conditions = 0;
    bool prints = true;
    for (size_t j = begin; j < end; ++j) {
      if (!commands[j].branches) {
        prints = prints && only_prints(commands[j]);
      } else if (!examines_nothing(commands[j])) {
        ++conditions;
        if (program.empty() && !commands[j].words.empty()) program = commands[j].words.front();
        // These ask whether a program is there.
        if (known_program.empty() && !is_one_of(commands[j], {"[", "[[", "test", "command", "type", "which"}))
          known_program = known_in(known, j, j + 1);
      }
    }
    if (!known_program.empty()) program = known_program;
    const bool nothing_else = conditions == examining;
    if (prints && !program.empty() && (nothing_else || !known_program.empty()))
      found.push_back({&diag::failure_hidden, own.at,
                       fmt::format("`if` takes the status of `{}`, and nothing in it fails", program)});
    i = end - 1;
  }
}

// `trap "exit 0" ERR`: what ends the script ends it well.
void check_traps(const OwnCommand& own, std::vector<Weakness>& found) {
  for (const ShellCommand& command : own.commands) {
    if (!calls(command, "trap") || command.words.size() < 3) continue;
    const Commands handler = shell_commands(command.words[1]);
    if (std::none_of(handler.begin(), handler.end(), ends_well)) continue;
    const auto event =
        std::find_if(command.words.begin() + 2, command.words.end(),
                     [](const std::string& word) { return word == "ERR" || word == "EXIT" || word == "0"; });
    if (event != command.words.end())
      found.push_back({&diag::failure_hidden, own.at,
                       fmt::format("`trap` ends it with success on `{}`, whatever failed", *event)});
  }
}

// Scripts in words, which are called without the `set -e` of what is around them.
void check_inner(const OwnCommand& own, std::vector<Weakness>& found) {
  for (size_t i = 0; i < own.commands.size(); ++i) {
    const auto script = inner_script(own.commands[i]);
    if (!script) continue;
    const OwnCommand inner{own.element, own.at, shell_commands(script->text)};
    const Commands& commands = inner.commands;
    const std::vector<Call> known = known_calls(inner);
    const bool decides = i + 1 == own.commands.size() && own.commands[i].depth == 0;
    check_hidden(inner, known, decides, found);
    const bool ends = script->errexit ||
                      std::any_of(commands.begin(), commands.end(),
                                  [](const ShellCommand& command) { return sets_errexit(command, '-'); });
    if (ends || commands.size() < 2 || commands.back().join != ShellJoin::sequence ||
        !always_succeeds(commands.back()))
      continue;
    std::string program = known_in(known, 0, commands.size() - 1);
    const ShellCommand& before = commands[commands.size() - 2];
    if (program.empty() && decides && own.element.checks() && !before.words.empty() &&
        !examines_nothing(before))
      program = before.words.front();
    if (!program.empty())
      found.push_back({&diag::failure_hidden, own.at,
                       fmt::format("`{} -c` without `-e` goes on when `{}` fails", script->shell, program)});
  }
}

void check_output(const OwnCommand& own, const std::vector<Call>& known, std::vector<Weakness>& found) {
  const sema::Value* reports = own.element.property("reports");
  if (reports != nullptr && !reports->items().empty()) return;
  for (const Call& call : known) {
    bool output = false;
    bool errors = false;
    for (const ShellRedirection& redirection : own.commands[call.command].redirections) {
      const bool nowhere = redirection.to == "/dev/null";
      if (redirection.from != 2) output = output || nowhere;
      if (redirection.from == 2) errors = errors || nowhere || redirection.to == "&1";
      if (redirection.from == ShellRedirection::both) errors = errors || nowhere;
    }
    if (output && errors)
      found.push_back({&diag::output_thrown_away, own.at,
                       fmt::format("what `{}` prints goes to /dev/null", call.program->name)});
  }
}

}  // namespace

bool does_nothing(const sema::Value& run, const sema::Element& element) {
  const Commands commands = shell_commands(run.text());
  return std::all_of(commands.begin(), commands.end(), [&](const ShellCommand& command) {
    return element.kind == ast::ElementKind::gate && command.depth == 0 &&
           (is_one_of(command, {"true", ":"}) || ends_well(command));
  });
}

void check_status(const OwnCommand& own, std::vector<Weakness>& found) {
  const Commands& commands = own.commands;
  const bool gate = own.element.checks();
  if (gate && std::all_of(commands.begin(), commands.end(),
                          [](const ShellCommand& command) { return examines_nothing(command); })) {
    found.push_back({&diag::examines_nothing, own.at, "its command prints something and succeeds"});
    return;
  }
  const std::vector<Call> known = known_calls(own);
  check_hidden(own, known, true, found);
  check_inner(own, found);
  check_pipes(own, known, found);
  if (!gate) return;
  check_errexit(own, found);
  check_background(own, found);
  check_branches(own, known, found);
  check_traps(own, found);
  check_output(own, known, found);
  const ShellCommand& last = commands.back();
  if (last.join == ShellJoin::sequence && last.depth == 0 && is_one_of(last, {"true", ":"}))
    found.push_back({&diag::says_nothing, own.at,
                     fmt::format("the `{}` at its end hides nothing, since a failure ends it before",
                                 last.words.front())});
}

}  // namespace pipec::rules
