// Tests of pipelines as values: what is given, which route that starts, and what is expected of it.
#pragma once

#include "compiler/sema/events.h"
#include "compiler/sema/value.h"
#include "compiler/support/local_time.h"

#include <optional>
#include <string>
#include <vector>

namespace pipec::sema {

// What an expectation is about.
enum class Subject : uint8_t {
  route,
  incident,
  stages,
  elements,
  actions,
  gates,
  approvals,
  deployments,
  environments,
  approvers,
  critical_path,
  typical_path,
  findings,
  // How well a rule of the profile is kept.
  grade,
  // Whether an element always ends before others start.
  order,
  // A property of an element.
  property,
  // Whether the window of an element is open.
  window,
};

// Whether it is about a pipeline as it is written, whatever happens to it.
constexpr bool is_of_the_file(Subject subject) {
  return subject == Subject::findings || subject == Subject::grade;
}

struct Expectation {
  Subject subject = Subject::route;
  // As it was written: `build.scan.fail_on`.
  std::string text;
  // The element that an order, a property or a window is of; `build.scan`.
  std::string element;
  std::string property;
  // The code of the rule that a grade is of.
  std::string rule;
  // Of a path: the target on which it is measured; null for every target.
  const Target* target = nullptr;
  ast::Comparison comparison = ast::Comparison::equal;
  Value value;
  Span span;
};

// Fully typed; only what a run would show is open.
struct Test {
  std::string title;
  const Pipeline* pipeline = nullptr;
  Event event;
  std::optional<Moment> at;
  // What the event starts, or null.
  const Route* route = nullptr;
  std::string incident;
  std::vector<Expectation> expectations;
  Span head;
};

}  // namespace pipec::sema
