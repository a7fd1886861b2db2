#include "compiler/sema/events.h"

#include "compiler/sema/model.h"
#include "compiler/support/branches.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, name); });
}

// The first patterns of both lists that some text matches.
const std::string* common_pattern(const std::vector<std::string>& one,
                                  const std::vector<std::string>& other) {
  for (const std::string& pattern : one) {
    const bool shared = std::any_of(other.begin(), other.end(), [&](const std::string& second) {
      return globs_overlap(pattern, second);
    });
    if (shared) return &pattern;
  }
  return nullptr;
}

bool names(const Route& route, const Event& event) {
  switch (event.kind) {
    case Event::Kind::push:
      return matches_any(route.trigger.branches, event.name);
    case Event::Kind::tag:
      return matches_any(route.trigger.tags, event.name);
    case Event::Kind::pull_request:
      return matches_any(route.trigger.pull_requests, event.name);
    case Event::Kind::schedule:
      return !event.name.empty() && route.trigger.schedule == event.name;
    case Event::Kind::manual:
      return route.trigger.manual;
    case Event::Kind::route:
      return route.name == event.name;
    case Event::Kind::none:
      break;
  }
  return false;
}

}  // namespace

std::string describe(const Event& event) {
  switch (event.kind) {
    case Event::Kind::push:
      return fmt::format("a push to `{}`", event.name);
    case Event::Kind::tag:
      return fmt::format("the tag `{}`", event.name);
    case Event::Kind::pull_request:
      return fmt::format("a pull request into `{}`", event.name);
    case Event::Kind::schedule:
      return fmt::format("the schedule `{}`", event.name);
    case Event::Kind::manual:
      return "a start by hand";
    case Event::Kind::route:
      return fmt::format("the route `{}`", event.name);
    case Event::Kind::none:
      break;
  }
  return "nothing";
}

Started started_by(const Pipeline& pipeline, const Event& event) {
  Started started;
  for (const Route& route : pipeline.routes) {
    if (route.kind == RouteKind::hotfix && event.kind == Event::Kind::push) {
      const auto incident = incident_of(pipeline.hotfix->branches, pipeline.hotfix->incident, event.name);
      if (!incident) continue;
      started.routes.push_back(&route);
      started.incident = *incident;
      continue;
    }
    if (!names(route, event)) continue;
    const bool has_files = event.kind == Event::Kind::push || event.kind == Event::Kind::pull_request;
    const std::vector<std::string>& wanted = route.trigger.paths;
    if (has_files && !wanted.empty()) {
      if (!event.paths) {
        started.needs_paths = &route;
        continue;
      }
      const bool changed = std::any_of(event.paths->begin(), event.paths->end(),
                                       [&](const std::string& path) { return matches_any(wanted, path); });
      if (!changed) continue;
    }
    started.routes.push_back(&route);
  }
  return started;
}

std::string common_event(const Trigger& one, const Trigger& other) {
  // Tags and schedules change no files.
  if (const auto* tag = common_pattern(one.tags, other.tags)) return describe({Event::Kind::tag, *tag, {}});
  if (!one.schedule.empty() && one.schedule == other.schedule)
    return describe({Event::Kind::schedule, one.schedule, {}});
  const bool apart =
      !one.paths.empty() && !other.paths.empty() && common_pattern(one.paths, other.paths) == nullptr;
  if (apart) return {};
  if (const auto* branch = common_pattern(one.branches, other.branches))
    return describe({Event::Kind::push, *branch, {}});
  if (const auto* base = common_pattern(one.pull_requests, other.pull_requests))
    return describe({Event::Kind::pull_request, *base, {}});
  return {};
}

std::string_view meaningless_in_pattern(std::string_view pattern) {
  const size_t found = pattern.find_first_of("?[]{}!+\\");
  return found == std::string_view::npos ? std::string_view() : pattern.substr(found, 1);
}

}  // namespace pipec::sema
