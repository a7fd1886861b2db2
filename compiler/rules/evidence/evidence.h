// What an element's command shows against what the element claims: a scanner whose failure is thrown away is
// no scanner. Which programs do which work, and what keeps them from failing, is data of the capabilities.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"
#include "compiler/support/shell_words.h"

#include <span>
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
  bool refutes() const;
};

// A command that is the author's own, read; the library's are known to fail when they should.
struct OwnCommand {
  const sema::Element& element;
  Span at;
  std::vector<ShellCommand> commands;
};

// A program that does the element's work, called in a command.
struct Call {
  // The index of the command.
  size_t command = 0;
  const sema::Program* program = nullptr;
  // What stands behind its name, as far as it is looked at.
  std::span<const std::string> arguments;
};

// Blank, or for a gate nothing but success: `true`, `:`, `exit 0`.
bool does_nothing(const sema::Value& run, const sema::Element& element);

// The calls of programs that some capability of the element knows, in the order of the commands.
std::vector<Call> known_calls(const OwnCommand& own);
// Whether some capability of the element says which programs do its work.
bool knows_programs(const sema::Element& element);

// What is weak about the element, the worst first. Empty for what the library says itself, and for a command
// that does nothing at all.
std::vector<Weakness> weaknesses(const sema::Element& element);
// The parts of it: what the shell makes of the status, and what the flags of known programs do.
void check_status(const OwnCommand& own, std::vector<Weakness>& found);
void check_flags(const OwnCommand& own, std::vector<Weakness>& found);

}  // namespace pipec::rules
