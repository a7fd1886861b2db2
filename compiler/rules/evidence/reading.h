// The command of an element, read: its scripts, the calls of known programs in them, and what becomes of each
// failure.
#pragma once

#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/evidence/fates.h"
#include "compiler/rules/evidence/known_programs.h"

#include <optional>
#include <string>
#include <vector>

namespace pipec::rules {

// The command itself, or a script within it: `bash -c "…"`, `$(…)`.
struct ReadScript {
  ShellScript script;
  RunAs as;
  // Of each command.
  std::vector<Fate> fates;
};

// A program that some capability knows, called in a command.
struct Call {
  // The indices of the script and of the command.
  size_t script = 0;
  size_t command = 0;
  const sema::Program* program = nullptr;
  // A capability of the element names it, so it does the element's work.
  bool own = false;
  // What stands behind its name, and before that what variables say in its place.
  std::vector<std::string> arguments;
  // How many of them are given by variables.
  size_t by_variables = 0;

  // The word by which it does none of its work, such as `--version`; empty when it does some. The same for
  // all that is known of the program.
  std::string idle_by;
  // Its failure ends the script, or decides with which status that ends.
  bool seen = true;
  // The element is a gate, and a condition before the call ends the script with success.
  bool evaded = false;

  bool works() const { return idle_by.empty(); }
};

struct Reading {
  const sema::Element& element;
  // Empty for what the element says for all targets.
  std::string_view target;
  Span at;
  KnownPrograms programs;
  // Others go by whether it fails: a gate that checks, a deployment, what the profile asks for.
  bool relied_on = false;
  // The element's own command first.
  std::vector<ReadScript> scripts;
  // In the order of the scripts and their commands.
  std::vector<Call> calls;

  const ShellCommand& command(const Call& call) const {
    return scripts[call.script].script.commands[call.command];
  }
  const ShellScript& own() const { return scripts.front().script; }
  const sema::Value* property(std::string_view name) const { return element.property_on(target, name); }
};

// The text that the element runs on the target, on all of them without one; null when it runs none.
const sema::Value* command_on(const sema::Element& element, std::string_view target);

// A command that is the author's own; the library's are known to fail when they should. There must be one.
Reading read_command(const sema::Element& element, std::string_view target = {});

// The parts of `weaknesses`: whether the command can fail, what the flags of known programs do, and what it
// uses that others can change.
void check_status(const Reading& reading, std::vector<Weakness>& found);
void check_flags(const Reading& reading, std::vector<Weakness>& found);
void check_origins(const Reading& reading, std::vector<Weakness>& found);

// With which flag the call succeeds whatever it finds, in words; empty when with none.
std::string defeated_by(const Call& call);
// What is given last with the flag, `--flag value` or `--flag=value`, as it is written; nothing without it.
std::optional<std::string> given_with(const Call& call, std::string_view flag);
// What it would need to fail at all is not there.
bool lacks_flag(const Call& call);
// Whether it does its work and fails when it finds something, by all that is known of its program.
bool is_strict(const Reading& reading, const Call& call);
// Nothing else in the command does any work than calls that lack what they would need to fail.
bool only_lacking_work(const Reading& reading);
// Another call of the same program looks at the same and can fail: a report besides it is no evasion.
bool is_made_good(const Reading& reading, const Call& call);

}  // namespace pipec::rules
