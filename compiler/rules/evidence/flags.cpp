// What the flags of known programs say about when they fail, and versions that move.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/evidence.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// `flag`, `flag=value`, or `flag value` where the flag is written with a value.
bool gives(std::span<const std::string> arguments, std::string_view flag) {
  const size_t space = flag.find(' ');
  const std::string_view name = flag.substr(0, space);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (space == std::string_view::npos) {
      if (argument == name || (argument.starts_with(name) && argument.substr(name.size()).starts_with("=")))
        return true;
      continue;
    }
    const std::string_view value = flag.substr(space + 1);
    if (argument == name && i + 1 < arguments.size() && arguments[i + 1] == value) return true;
    if (argument == fmt::format("{}={}", name, value)) return true;
  }
  return false;
}

// What is given behind the flag; nothing when it is not there, or known only when it runs.
std::optional<std::string> value_of(std::span<const std::string> arguments, std::string_view flag) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::optional<std::string> value;
    if (arguments[i] == flag && i + 1 < arguments.size()) value = arguments[i + 1];
    if (arguments[i].starts_with(fmt::format("{}=", flag))) value = arguments[i].substr(flag.size() + 1);
    if (value) return value->find_first_of("$`") == std::string::npos ? value : std::nullopt;
  }
  return std::nullopt;
}

// The least of the severities that a list names, as an index into sema::severities; nothing when it names
// another word.
std::optional<size_t> least_severity(const std::string& list) {
  std::optional<size_t> least;
  std::string word;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] != ',') {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(list[i])));
      continue;
    }
    const auto found = std::find(sema::severities.begin(), sema::severities.end(), word);
    if (found == sema::severities.end()) return std::nullopt;
    const auto severity = static_cast<size_t>(found - sema::severities.begin());
    least = std::min(least.value_or(severity), severity);
    word.clear();
  }
  return least;
}

void check_call(const OwnCommand& own, const Call& call, std::vector<Weakness>& found) {
  const sema::Program& program = *call.program;
  for (const std::string& flag : program.defeated_by) {
    if (gives(call.arguments, flag))
      found.push_back({&diag::failure_defeated, own.at,
                       fmt::format("with `{}` `{}` succeeds whatever it finds", flag, program.name)});
  }
  const bool needs = !program.needs.empty() &&
                     std::none_of(program.needs.begin(), program.needs.end(),
                                  [&](const std::string& flag) { return gives(call.arguments, flag); });
  if (needs && own.element.checks())
    found.push_back(
        {&diag::threshold_not_given, own.at,
         fmt::format("`{}` is called without {}", program.name, quoted_list(program.needs, "or"))});
  if (program.severities.empty() || !own.element.fail_on) return;
  const auto given = value_of(call.arguments, program.severities);
  const auto least = given ? least_severity(*given) : std::nullopt;
  if (least && *least != *own.element.fail_on)
    found.push_back({&diag::threshold_differs, own.at,
                     fmt::format("it says `fail_on = {}`, its command `{} {}`",
                                 sema::severities[*own.element.fail_on], program.severities, *given)});
}

// The name of something that others can replace without a commit here: `app:latest`, `tool@latest`.
bool moves(std::string_view word) {
  constexpr auto names = std::to_array<std::string_view>({"latest", "nightly", "edge"});
  const size_t mark = word.find_last_of(":@");
  if (mark == std::string_view::npos || mark == 0 || word[mark - 1] == '/') return false;
  const std::string_view thing = word.substr(0, mark);
  const bool is_name = std::all_of(thing.begin(), thing.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:@").find(c) != std::string_view::npos;
  });
  return is_name && std::find(names.begin(), names.end(), word.substr(mark + 1)) != names.end();
}

}  // namespace

void check_flags(const OwnCommand& own, std::vector<Weakness>& found) {
  for (const Call& call : known_calls(own))
    check_call(own, call, found);
  for (const ShellCommand& command : own.commands) {
    for (size_t i = 0; i < command.words.size(); ++i) {
      const std::string& word = command.words[i];
      // What gets the name is made here.
      const bool given = i > 0 && (command.words[i - 1] == "--tag" || command.words[i - 1] == "-t");
      if (!given && moves(word))
        found.push_back({&diag::moving_version, own.at, fmt::format("`{}` moves", word)});
    }
  }
  const sema::Value* env = own.element.property("env");
  if (env == nullptr) return;
  for (const auto& [name, value] : env->entries()) {
    if (value.as<sema::TextValue>() != nullptr && moves(value.text()))
      found.push_back({&diag::moving_version, value.span, fmt::format("`{}` moves", value.text())});
  }
}

}  // namespace pipec::rules
