// Every small change of a text: a line or a token left out, a token replaced by another of its class.
#pragma once

#include "compiler/parse/syntax_tokens.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::test {

struct Mutant {
  // "line 12 left out", "`4m` of line 12 replaced by `40m`".
  std::string what;
  std::string text;
  // What was changed, in the original and in the mutant.
  Span before;
  Span after;
};

// `replacements`: how many others of its class stand in for a token, chosen by a fixed seed; all of the file
// when 0. Severities are replaced by each other one, numbers also by a larger and a smaller one, in every
// case.
std::vector<Mutant> mutants_of(std::string_view text, size_t replacements);

}  // namespace pipec::test
