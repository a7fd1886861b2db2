// Whether what fails in a script lets the script fail. It runs under `set -e`, in bash with `pipefail`.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/evidence.h"

#include <algorithm>
#include <array>

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

// Examines nothing: it prints, sets the shell up, or does nothing at all.
bool examines_nothing(const ShellCommand& command) {
  return command.words.empty() || always_succeeds(command) ||
         is_one_of(command, {"set", "cd", "pwd", "export", "date", "sleep"}) ||
         (calls(command, "exit") && command.words.size() == 1);
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

void check_hidden(const OwnCommand& own, const std::vector<Call>& known, std::vector<Weakness>& found) {
  const Commands& commands = own.commands;
  // Where the list of `&&`, `||` and `|` begins in which the command stands.
  size_t list = 0;
  for (size_t i = 1; i < commands.size(); ++i) {
    if (commands[i].join == ShellJoin::sequence) list = i;
    if (commands[i].join != ShellJoin::if_failed || !always_succeeds(commands[i])) continue;
    std::string program = known_in(known, list, i);
    // Whatever it is, the status of the last command is that of the gate.
    const bool last = i + 1 == commands.size() && commands[i].depth == 0;
    if (program.empty() && last && own.element.checks() && !commands[i - 1].words.empty())
      program = commands[i - 1].words.front();
    if (program.empty()) continue;
    const std::string with = commands[i].words.front() + (ends_well(commands[i]) ? " 0" : "");
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
  if (gate && std::all_of(commands.begin(), commands.end(), examines_nothing)) {
    found.push_back({&diag::examines_nothing, own.at, "its command prints something and succeeds"});
    return;
  }
  const std::vector<Call> known = known_calls(own);
  check_hidden(own, known, found);
  check_pipes(own, known, found);
  if (!gate) return;
  check_errexit(own, found);
  check_output(own, known, found);
  const ShellCommand& last = commands.back();
  if (last.join == ShellJoin::sequence && last.depth == 0 && is_one_of(last, {"true", ":"}))
    found.push_back({&diag::says_nothing, own.at,
                     fmt::format("the `{}` at its end hides nothing, since a failure ends it before",
                                 last.words.front())});
}

}  // namespace pipec::rules
