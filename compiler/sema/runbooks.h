// Runbooks: what people do when a pipeline cannot do it for them, one step after the other.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/value.h"

#include <string>
#include <vector>

namespace pipec::sema {

struct RunbookStep {
  ast::RunbookStep::Kind kind = ast::RunbookStep::Kind::step;
  // What is done, what is to be confirmed, or the address.
  std::string title;
  // Of a step: `run` and what belongs to it, by the constructor `runbook_step` of the prelude. A property
  // whose value was reported is left out.
  NamedValues properties;
  Span span;
};

struct Runbook {
  const Entity* entity = nullptr;
  std::string name;
  std::string doc;
  std::vector<RunbookStep> steps;
  Span head;
};

// The runbook of the declaration, checked: it has steps, each with a title of its own and a command.
Runbook build_runbook(Declarations& declarations, const Entity& entity);

}  // namespace pipec::sema
