// Which route an event starts. Emitted triggers and guards follow the same patterns:
// compiler/support/branches.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

struct Pipeline;
struct Route;
struct Trigger;

// What happens in a repository, on a clock, or by a person.
struct Event {
  // `route`: nothing is said about what happens, but which route runs.
  enum class Kind : uint8_t { none, push, tag, pull_request, schedule, manual, route };
  Kind kind = Kind::none;
  // The branch, the tag, the branch that the pull request goes into, the schedule, or the route.
  std::string name;
  // The changed files; nothing when they are not known.
  std::optional<std::vector<std::string>> paths;
};

// "a push to `main`"
std::string describe(const Event& event);

struct Started {
  std::vector<const Route*> routes;
  // Of a hotfix branch; empty otherwise.
  std::string incident;
  // Whether this route starts depends on the changed files, which are not known.
  const Route* needs_paths = nullptr;
};

Started started_by(const Pipeline& pipeline, const Event& event);

// An event, in words, that starts both of two routes for which no files are looked at, or for which the same
// files count; empty when there is none.
std::string common_event(const Trigger& one, const Trigger& other);

// A character in a pattern that has no meaning there, and would have another one on each platform.
std::string_view meaningless_in_pattern(std::string_view pattern);

}  // namespace pipec::sema
