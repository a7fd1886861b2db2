// What the flags of known programs say about when they fail.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/reading.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using Arguments = std::span<const std::string>;

// Where the flag stands last, and what is given with it: of `--flag=value`, else what stands behind it.
struct Given {
  size_t at = 0;
  bool joined = false;
  std::string_view value;
};

std::optional<Given> find_flag(Arguments arguments, std::string_view name) {
  for (size_t i = arguments.size(); i-- > 0;) {
    const std::string_view argument = arguments[i];
    if (argument == name)
      return Given{i, false, i + 1 < arguments.size() ? std::string_view(arguments[i + 1]) : ""};
    if (argument.starts_with(name) && argument.substr(name.size()).starts_with("="))
      return Given{i, true, argument.substr(name.size() + 1)};
  }
  return std::nullopt;
}

// `flag`, `flag=value`, or `flag value` where the flag is written with a value. What is given last counts.
std::optional<Given> find_set(Arguments arguments, std::string_view flag) {
  const size_t space = flag.find(' ');
  const auto given = find_flag(arguments, flag.substr(0, space));
  if (!given) return std::nullopt;
  if (space != std::string_view::npos) return given->value == flag.substr(space + 1) ? given : std::nullopt;
  const bool off = given->joined && (given->value == "false" || given->value == "0" || given->value == "no");
  return off ? std::nullopt : given;
}

// What is given behind the flag; nothing when it is not there, or known only when it runs.
std::optional<std::string> value_of(Arguments arguments, std::string_view flag) {
  const auto given = find_flag(arguments, flag);
  if (!given || given->value.empty() || given->value.find_first_of("$`") != std::string::npos)
    return std::nullopt;
  return std::string(given->value);
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

void check_call(const Reading& reading, const Call& call, std::vector<Weakness>& found) {
  const sema::Program& program = *call.program;
  const sema::Element& element = reading.element;
  if (const std::string flag = defeated_by(call); !flag.empty())
    found.push_back({&diag::failure_defeated, reading.at,
                     fmt::format("with {} `{}` succeeds whatever it finds", flag, program.name), true});
  if (element.checks() && lacks_flag(call)) {
    // Severities may stand in a file that the program reads.
    const bool refutes = program.severities.empty() && only_lacking_work(reading);
    found.push_back({&diag::threshold_not_given, reading.at,
                     fmt::format("`{}` is called without {}", program.name, quoted_list(program.needs, "or")),
                     refutes});
  }
  if (program.severities.empty() || !element.fail_on) return;
  const auto given = value_of(call.arguments, program.severities);
  const auto least = given ? least_severity(*given) : std::nullopt;
  if (least && *least != *element.fail_on)
    found.push_back({&diag::threshold_differs, reading.at,
                     fmt::format("it says `fail_on = {}`, its command `{} {}`",
                                 sema::severities[*element.fail_on], program.severities, *given)});
}

}  // namespace

std::string defeated_by(const Call& call) {
  for (const std::string& flag : call.program->defeated_by) {
    const auto given = find_set(call.arguments, flag);
    if (!given) continue;
    return fmt::format("`{}`{}", flag, given->at < call.by_variables ? " in a variable" : "");
  }
  return {};
}

std::optional<std::string> given_with(const Call& call, std::string_view flag) {
  const auto given = find_flag(call.arguments, flag);
  return given ? std::optional(std::string(given->value)) : std::nullopt;
}

bool lacks_flag(const Call& call) {
  const auto& needs = call.program->needs;
  return !needs.empty() && std::none_of(needs.begin(), needs.end(), [&](const std::string& flag) {
    return find_flag(call.arguments, flag).has_value();
  });
}

void check_flags(const Reading& reading, std::vector<Weakness>& found) {
  const size_t before = found.size();
  for (const Call& call : reading.calls) {
    // What any command may call does no work that an action claims.
    if ((!call.own && !reading.element.checks()) || !call.works()) continue;
    if (is_made_good(reading, call)) continue;
    std::vector<Weakness> of_call;
    check_call(reading, call, of_call);
    // Several capabilities may know the same program.
    for (Weakness& weakness : of_call) {
      const bool said = std::any_of(found.begin() + static_cast<ptrdiff_t>(before), found.end(),
                                    [&](const Weakness& other) { return other.what == weakness.what; });
      if (!said) found.push_back(std::move(weakness));
    }
  }
}

}  // namespace pipec::rules
