// What no input may exceed, so that time and memory stay linear in its size. grammar/README.md lists these
// limits; each is reported by the diagnostic named beside it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pipec::sema {

// A value may hold this many values in all, shared parts counted as often as they occur (value_too_large).
inline constexpr size_t max_weight = 100'000;
// The longest text, in bytes (text_too_long).
inline constexpr size_t max_text = size_t{1} << 20;
// All texts that hold other texts, in bytes (texts_too_long).
inline constexpr size_t max_texts = size_t{16} << 20;
// Names of which each needs the next: values, capabilities, definitions, profiles, pipelines
// (chain_too_long).
inline constexpr size_t max_chain = 64;
// Of one kind, in one declaration: parameters, constructors, members, environments, routes… (too_many_parts).
inline constexpr size_t max_parts = 1'000;
// What a reusable definition, or an element, may fulfil at once (too_many_parts).
inline constexpr size_t max_capabilities = 16;
// Parameters and rules that declarations have from those they extend, in all (inherits_too_much).
inline constexpr size_t max_inherited = 1'000'000;
// In one stage: the edges between two parallel groups multiply (stage_too_large).
inline constexpr size_t max_stage_elements = 1'000;
// Names in `after` in one stage (too_many_after).
inline constexpr size_t max_stage_after = 10'000;
// In all routes of all pipelines (routes_too_large).
inline constexpr size_t max_route_elements = 100'000;
// Direct orders between two elements, in all routes of all pipelines (routes_too_large).
inline constexpr size_t max_route_orders = 1'000'000;
// Values of the properties of all elements, shared ones counted as often as they occur (routes_too_large).
inline constexpr size_t max_route_values = 10'000'000;
// Comparing the patterns of all routes of a pipeline, in pairs of their signs (too_many_parts).
inline constexpr size_t max_pattern_pairs = 4'000'000;
// Places that one route, hotfix or heir changes (too_many_changes).
inline constexpr size_t max_changes = 1'000;

// Of the limits that hold for a whole compilation, what is used.
struct Usage {
  size_t texts = 0;
  size_t inherited = 0;
  size_t elements = 0;
  size_t orders = 0;
  size_t values = 0;
};

// Adds to what is used; true for the one addition that exceeds the limit, so that it is reported once.
inline bool exceeds(size_t& used, size_t more, size_t limit) {
  const bool before = used > limit;
  used += more;
  return !before && used > limit;
}

}  // namespace pipec::sema
