// What an element's command shows against what the element claims: a scanner whose failure is thrown away is
// no scanner. Which programs do which work, and what keeps them from failing, is data of the capabilities.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/rules/rules.h"

#include <string>
#include <vector>

namespace pipec::rules {

// Names the element, and says what is weak about it.
using WeaknessKind = DiagnosticKind<std::string, std::string>;

struct Weakness {
  const WeaknessKind* kind = nullptr;
  Span at;
  // "`|| true` hides that `semgrep` fails"
  std::string what;
  // The element cannot do what it claims.
  bool refutes = false;
};

// Blank, or for a gate nothing but success: `true`, `:`, `exit 0`.
bool does_nothing(const sema::Value& run, const sema::Element& element);

// Whether some capability of the element says which programs do its work.
bool knows_programs(const sema::Element& element);

// The property of what the element says for the target itself; null when it says nothing different there.
const sema::Value* said_for(const sema::Element& element, std::string_view target, std::string_view property);

// What is weak about the element, the worst first, on all targets and on each of those that are compiled for.
// Empty for what the library says itself, and for a command that does nothing at all. A target that reaches
// no account may simulate what it likes.
std::vector<Weakness> weaknesses(const Context& context, const sema::Element& element);

}  // namespace pipec::rules
