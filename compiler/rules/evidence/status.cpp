// Whether the command of an element fails when something is wrong.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/kept.h"
#include "compiler/rules/evidence/reading.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// A command that may be the one that examines something, whatever it calls.
struct Work {
  size_t script = 0;
  size_t command = 0;
};

template <class Is>
bool any_call(const Reading& reading, size_t script, size_t command, const Is& is) {
  return std::any_of(reading.calls.begin(), reading.calls.end(), [&](const Call& call) {
    return call.script == script && call.command == command && is(call);
  });
}

bool is_idle(const Reading& reading, size_t script, size_t command) {
  return any_call(reading, script, command, [](const Call&) { return true; }) &&
         !any_call(reading, script, command, [](const Call& call) { return call.works(); });
}

std::vector<Work> works(const Reading& reading) {
  std::vector<Work> found;
  for (size_t s = 0; s < reading.scripts.size(); ++s) {
    const auto& commands = reading.scripts[s].script.commands;
    for (size_t i = 0; i < commands.size(); ++i) {
      // The scripts within a command are looked at by themselves.
      const bool itself = !commands[i].words.empty() && !inner_script(commands[i]);
      if (itself && !only_prepares(commands[i]) && !is_idle(reading, s, i)) found.push_back({s, i});
    }
  }
  return found;
}

// Of which nothing does anything. What a gate's command fetches and clears away examines nothing; for others
// that may be the work.
bool check_does_something(const Reading& reading, std::vector<Weakness>& found) {
  const auto& commands = reading.own().commands;
  const bool gate = reading.element.checks();
  std::string idle;
  for (size_t i = 0; i < commands.size(); ++i) {
    const bool only_asks = gate && is_idle(reading, 0, i);
    if (!only_asks && !examines_nothing(commands[i])) return true;
    if (!only_asks || !idle.empty()) continue;
    const auto call = std::find_if(reading.calls.begin(), reading.calls.end(),
                                   [&](const Call& c) { return c.script == 0 && c.command == i; });
    idle = fmt::format("`{} {}` does none of the work", call->program->name, call->idle_by);
  }
  found.push_back({gate ? &diag::examines_nothing : &diag::does_nothing, reading.at,
                   idle.empty() ? "its command prints something and succeeds" : idle, true});
  return false;
}

// How what the program finds is lost, in words. `seen`: only by an end before it.
std::string lost(std::string_view name, const Fate& fate, bool seen) {
  if (seen) return fmt::format("a condition ends it with success before `{}` runs", name);
  if (fate.turned) return fmt::format("with `!` it passes when `{}` fails", name);
  return fmt::format("{}`{}`{}", fate.before, name, fate.after);
}

// Calls that do the element's work and whose failure is lost. Besides one that is heard that is only odd.
void check_known(const Reading& reading, std::vector<Weakness>& found) {
  const auto decides = std::find_if(reading.calls.begin(), reading.calls.end(),
                                    [&](const Call& call) { return call.own && is_strict(reading, call); });
  std::set<std::string> said;
  for (const Call& call : reading.calls) {
    if (!call.own || !call.works()) continue;
    const Fate& fate = reading.scripts[call.script].fates[call.command];
    if ((call.seen && !call.evaded) || is_made_good(reading, call)) continue;
    std::string what = lost(call.program->name, fate, call.seen);
    const bool besides = decides != reading.calls.end();
    if (besides) what += fmt::format("; only another call of `{}` decides", decides->program->name);
    if (said.insert(what).second) found.push_back({&diag::failure_hidden, reading.at, what, !besides});
  }
}

// `set +e` that nothing takes back: neither `set -e` nor an end with a status.
bool is_left_unset(const ShellScript& script) {
  bool unset = false;
  for (const ShellCommand& command : script.commands) {
    if (sets_errexit(command, '+')) unset = true;
    if (sets_errexit(command, '-') || ends_badly(command)) unset = false;
  }
  return unset;
}

// Whatever it calls: nothing of it can fail, or not everything, by `set +e`.
void check_unknown(const Reading& reading, std::vector<Weakness>& found) {
  const std::vector<Work> all = works(reading);
  const auto fate = [&](const Work& work) -> const Fate& {
    return reading.scripts[work.script].fates[work.command];
  };
  const bool gate = reading.element.checks();
  const auto is_seen = [&](const Work& work) {
    return fate(work).seen && (!gate || fate(work).reached == Reached::always);
  };
  const bool unset = is_left_unset(reading.own());
  auto first = std::find_if_not(all.begin(), all.end(), is_seen);
  if (first == all.end()) return;
  // What a test looks at is said of it only where it stands alone.
  const auto examines = std::find_if(first, all.end(), [&](const Work& work) {
    return !is_seen(work) && !is_test(reading.scripts[work.script].script.commands[work.command]);
  });
  if (examines != all.end()) first = examines;
  if (std::any_of(all.begin(), all.end(), is_seen) && (!unset || first->script != 0)) return;
  // Nobody writes more.
  constexpr ptrdiff_t most = 100;
  const bool kept = std::any_of(first, first + std::min(most, all.end() - first), [&](const Work& work) {
    const ReadScript& read = reading.scripts[work.script];
    return fate(work).reached == Reached::always && !fate(work).seen &&
           is_kept(read.script, read.fates, work.command);
  });
  if (kept) return;
  const std::string& program = reading.scripts[first->script].script.commands[first->command].words.front();
  found.push_back({&diag::failure_hidden, reading.at, lost(program, fate(*first), fate(*first).seen), true});
}

// `trap "exit 0" ERR`: what ends the script ends it well.
void check_traps(const Reading& reading, std::vector<Weakness>& found) {
  for (const ShellCommand& command : reading.own().commands) {
    if (program_of(command) != "trap" || command.words.size() < 3) continue;
    const ShellScript handler = shell_script(command.words[1]);
    if (std::none_of(handler.commands.begin(), handler.commands.end(), ends_well)) continue;
    const auto event =
        std::find_if(command.words.begin() + 2, command.words.end(),
                     [](const std::string& word) { return word == "ERR" || word == "EXIT" || word == "0"; });
    if (event != command.words.end())
      found.push_back({&diag::failure_hidden, reading.at,
                       fmt::format("`trap` ends it with success on `{}`, whatever failed", *event), true});
  }
}

void check_output(const Reading& reading, std::vector<Weakness>& found) {
  const sema::Value* reports = reading.property("reports");
  if (reports != nullptr && !reports->items().empty()) return;
  for (const Call& call : reading.calls) {
    if (!call.own || !call.works()) continue;
    bool output = false;
    bool errors = false;
    for (const ShellRedirection& redirection : reading.command(call).redirections) {
      const bool nowhere = redirection.to == "/dev/null";
      if (redirection.from != 2) output = output || nowhere;
      if (redirection.from == 2) errors = errors || nowhere || redirection.to == "&1";
      if (redirection.from == ShellRedirection::both) errors = errors || nowhere;
    }
    if (output && errors && !is_made_good(reading, call))
      found.push_back({&diag::output_thrown_away, reading.at,
                       fmt::format("what `{}` prints goes to /dev/null", call.program->name)});
  }
}

}  // namespace

bool only_lacking_work(const Reading& reading) {
  const std::vector<Work> all = works(reading);
  return std::all_of(all.begin(), all.end(), [&](const Work& work) {
    return any_call(reading, work.script, work.command,
                    [](const Call& call) { return call.own && lacks_flag(call); });
  });
}

void check_status(const Reading& reading, std::vector<Weakness>& found) {
  if (reading.relied_on && !check_does_something(reading, found)) return;
  check_known(reading, found);
  if (!reading.relied_on) return;
  if (found.empty()) check_unknown(reading, found);
  check_traps(reading, found);
  if (!reading.element.checks()) return;
  check_output(reading, found);
  const ShellCommand& last = reading.own().commands.back();
  const std::string_view program = program_of(last);
  if (found.empty() && last.join == ShellJoin::sequence && last.depth == 0 &&
      (program == "true" || program == ":"))
    found.push_back(
        {&diag::says_nothing, reading.at,
         fmt::format("the `{}` at its end hides nothing, since a failure ends it before", program)});
}

}  // namespace pipec::rules
