// How an element of a route differs from the same element of trunk.
#pragma once

#include "compiler/sema/model.h"

#include <string>
#include <vector>

namespace pipec::rules {

enum class Effect : uint8_t {
  none,       // says nothing about strictness: `typical`
  tighter,    // a lower timeout, a stricter threshold or floor, an added report
  threshold,  // a looser threshold
  other,      // anything else: it is taken for looser
};

struct PropertyChange {
  std::string name;
  // As the language spells them; empty for nothing.
  std::string before;
  std::string after;
  Effect effect = Effect::other;
  Span span;
};

// What the overrides of the route set to another value, in the order of the names.
std::vector<PropertyChange> changes_between(const sema::Element& trunk, const sema::Element& derived);

// `timeout 5m -> 2m, run`: short enough for a table.
std::string summary(const std::vector<PropertyChange>& changes);

}  // namespace pipec::rules
