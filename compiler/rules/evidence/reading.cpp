#include "compiler/rules/evidence/reading.h"

#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/kept.h"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

// More words of a command, and more calls and scripts of an element, are not looked at: nobody writes them.
constexpr size_t most_words = 1'000;
constexpr size_t most_calls = 100;
constexpr size_t most_scripts = 100;

bool is_wanted(const sema::Program& program, std::span<const std::string> arguments) {
  return program.with.empty() ||
         std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
           return std::find(program.with.begin(), program.with.end(), argument) != program.with.end();
         });
}

// The word by which the program does none of its work; empty when there is none.
std::string idle_word(const sema::Program& program, const std::vector<std::string>& arguments) {
  if (arguments.empty()) return {};
  const std::string& last = arguments.back();
  if (last == "--version" || last == "--help") return last;
  const auto& idle = program.idle;
  const auto is_idle = [&](const std::string& word) {
    return std::find(idle.begin(), idle.end(), word) != idle.end();
  };
  // A flag alone is enough; other words may ask for work besides.
  std::string found;
  bool works = false;
  for (const std::string& word : arguments) {
    const bool flag = word.starts_with('-');
    if (is_idle(word)) {
      const auto& with = program.with;
      const bool first = found.empty() && !works;
      if (flag || (first && std::find(with.begin(), with.end(), word) != with.end())) return word;
      found = word;
    } else if (!flag && word.find('=') == std::string::npos) {
      works = true;
    }
  }
  return works ? "" : found;
}

class Reader {
 public:
  explicit Reader(Reading& reading) : reading_(reading) {}

  void read(const std::string& run) {
    Variables variables;
    if (const sema::Value* env = reading_.property("env")) {
      for (const auto& [name, value] : env->entries()) {
        if (value.as<sema::TextValue>() != nullptr || value.as<int64_t>() != nullptr)
          set(variables, name, value.text());
      }
    }
    const sema::Value* shell = reading_.property("shell");
    const bool pipefail = shell == nullptr || shell->text() != "sh";
    add({shell_script(run), {.pipefail = pipefail}, {}}, std::move(variables), 0);
  }

 private:
  void add(ReadScript script, Variables variables, size_t level) {
    script.fates = fates(script.script, script.as);
    const size_t index = reading_.scripts.size();
    reading_.scripts.push_back(std::move(script));
    const size_t count = reading_.scripts[index].script.commands.size();
    for (size_t i = 0; i < count; ++i) {
      const ShellCommand command = reading_.scripts[index].script.commands[i];
      Variables own = variables;
      for (const auto& [name, value] : command.assignments)
        set(own, name, value);
      if (command.words.empty()) variables = own;
      if (program_of(command) == "export") exported(command, variables);
      add_calls(command, index, i, own);
      if (level < most_levels) add_inner(command, index, i, own, level + 1);
    }
  }

  // What no program looks at is not kept.
  void set(Variables& variables, const std::string& name, std::string value) const {
    if (reading_.programs.look_at(name)) variables[name] = std::move(value);
  }

  void exported(const ShellCommand& command, Variables& variables) const {
    for (const std::string& word : command.words) {
      const size_t equals = word.find('=');
      if (equals != std::string::npos) set(variables, word.substr(0, equals), word.substr(equals + 1));
    }
  }

  void add_calls(const ShellCommand& command, size_t script, size_t index, const Variables& variables) {
    const std::string_view first = program_of(command);
    // These name programs, and call none.
    if (first == "echo" || first == "printf") return;
    const auto all = std::span(command.words).first(std::min(command.words.size(), most_words));
    std::unordered_set<const sema::Program*> seen;
    for (size_t i = 0; i < all.size() && reading_.calls.size() < most_calls; ++i) {
      // What another program starts is its argument: `npx eslint`, `python3 -m pytest`.
      const size_t before = reading_.calls.size();
      std::string idle;
      for (const KnownProgram& known : reading_.programs.named(base_name(all[i]))) {
        const sema::Program& program = *known.program;
        const auto behind = all.subspan(i + 1);
        if (!is_wanted(program, behind) || !seen.insert(&program).second) continue;
        Call call{script, index, &program, known.own, given_by(program, variables)};
        call.by_variables = call.arguments.size();
        call.arguments.insert(call.arguments.end(), behind.begin(), behind.end());
        if (idle.empty()) idle = idle_word(program, call.arguments);
        reading_.calls.push_back(std::move(call));
      }
      for (size_t added = before; added < reading_.calls.size(); ++added)
        reading_.calls[added].idle_by = idle;
    }
  }

  // What the variables stand for.
  static std::vector<std::string> given_by(const sema::Program& program, const Variables& variables) {
    std::vector<std::string> arguments;
    for (const auto& [name, flag] : program.variables) {
      const auto value = variables.find(name);
      if (value == variables.end()) continue;
      if (!flag.empty()) {
        arguments.push_back(fmt::format("{}={}", flag, value->second));
        continue;
      }
      for (const ShellCommand& words : shell_script(value->second).commands)
        arguments.insert(arguments.end(), words.words.begin(), words.words.end());
    }
    return arguments;
  }

  void add_inner(const ShellCommand& command, size_t script, size_t index, const Variables& variables,
                 size_t level) {
    const Fate fate = reading_.scripts[script].fates[index];
    const auto may_add = [&] { return reading_.scripts.size() < most_scripts; };
    if (const auto inner = inner_script(command); inner && may_add()) {
      Fate goes_on{false, fmt::format("`{} -c` without `-e` goes on when ", inner->shell), " fails", false};
      add({shell_script(inner->text), {inner->errexit, true, fate, std::move(goes_on)}, {}}, variables,
          level);
    }
    for (const std::string& substituted : command.substituted) {
      if (!may_add()) return;
      // Only an assignment alone has the status of what it substitutes; `set -e` does not reach into it.
      const std::string with = command.words.empty() ? "$(…)" : command.words.front();
      const Fate lost{false, fmt::format("`{}` has another status than ", with), ", whose output it takes",
                      false};
      add({shell_script(substituted), {false, true, command.words.empty() ? fate : lost, lost}, {}},
          variables, level);
    }
  }

  Reading& reading_;
};

// What it looks at: words that are no flags, without the one that says which of its works it does.
std::vector<std::string_view> subjects(const Call& call) {
  std::vector<std::string_view> words;
  const auto& with = call.program->with;
  bool first = true;
  for (size_t i = call.by_variables; i < call.arguments.size(); ++i) {
    const std::string& word = call.arguments[i];
    if (word.starts_with('-')) continue;
    const bool names_work = first && std::find(with.begin(), with.end(), word) != with.end();
    first = false;
    if (!names_work) words.push_back(word);
  }
  std::sort(words.begin(), words.end());
  return words;
}

bool is_of(const Call& call, size_t script, size_t command) {
  return call.script == script && call.command == command;
}

}  // namespace

bool is_strict(const Reading& reading, const Call& call) {
  const bool weak = std::any_of(reading.calls.begin(), reading.calls.end(), [&](const Call& other) {
    return is_of(other, call.script, call.command) && other.program->name == call.program->name &&
           (!other.works() || lacks_flag(other) || !defeated_by(other).empty());
  });
  return !weak && call.seen && !call.evaded;
}

bool is_made_good(const Reading& reading, const Call& call) {
  const auto own = subjects(call);
  return std::any_of(reading.calls.begin(), reading.calls.end(), [&](const Call& other) {
    const bool same = is_of(other, call.script, call.command);
    if (same || other.program->name != call.program->name || !is_strict(reading, other)) return false;
    const auto others = subjects(other);
    if (others.empty() || (own.empty() && !defeated_by(call).empty())) return true;
    return std::any_of(own.begin(), own.end(), [&](std::string_view word) {
      return std::binary_search(others.begin(), others.end(), word);
    });
  });
}

const sema::Value* command_on(const sema::Element& element, std::string_view target) {
  const sema::Value* run = element.property_on(target, "run");
  return run == nullptr || run->as<sema::TextValue>() == nullptr ? nullptr : run;
}

Reading read_command(const sema::Element& element, std::string_view target) {
  Reading reading{element, target, element.property_span("run"), KnownPrograms(element)};
  Reader(reading).read(command_on(element, target)->text());
  for (Call& call : reading.calls) {
    const ReadScript& read = reading.scripts[call.script];
    const Fate& fate = read.fates[call.command];
    call.evaded = element.checks() && fate.reached == Reached::perhaps;
    call.seen = !fate.turned && (fate.seen || is_kept(read.script, read.fates, call.command));
  }
  return reading;
}

}  // namespace pipec::rules
