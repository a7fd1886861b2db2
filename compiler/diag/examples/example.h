// A mistake and what to write instead, for each diagnostic that a text can show: CODE.pipe in this folder.
//
//   # in a stage                              where the lines stand; a frame of tests/support/frames.h
//   # RUN: lint FILE --target github          how it is found, when not by `lint FILE`
//   # FIX: safe                               `pipec lint --fix` writes what is good
//   action make: compile { … }                what is wrong
//   # --- good
//   action make: compile { … }                what is right
#pragma once

#include <optional>
#include <string_view>

namespace pipec::diag {

struct Example {
  // "stage", "stage in beta", "stage in prod", "pipeline", "hotfix", "declarations" or "file".
  std::string_view place;
  // The arguments of pipec, with `FILE` for the file; never empty.
  std::string_view command;
  bool fixed_safely = false;
  // Whole lines. Further files begin with a line `# --- file: NAME`.
  std::string_view bad;
  std::string_view good;
};

// Nothing for a code whose mistake no text can show.
std::optional<Example> example_of(std::string_view code);

// How `pipec explain` looks for it when an example does not say otherwise.
inline constexpr std::string_view usual_command = "lint FILE";

}  // namespace pipec::diag
