// Case files: a `.pipe` file, the commands to run on it, and all that they must print.
//
//   # RUN: lint case.pipe
//   pipe 1
//   …
//   # --- file: gates.pipe        further files of the case, besides small.pipe (tests/support/shared)
//   …
//   # --- expected                everything below is compared; PIPEC_UPDATE=1 writes it anew
//   # exit 1
//   # case.pipe:3:1: error[P0203]: …
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pipec::test {

struct CaseFile {
  // Each with the arguments of pipec; `NAME=VALUE` in front sets a variable of its environment.
  std::vector<std::vector<std::string>> runs;
  // By name; the first is `case.pipe`.
  std::map<std::string, std::string> files;
  std::string expected;
  // The text of the file up to the expectation.
  std::string input;
};

CaseFile parse_case(const std::string& text);
// What the commands print, as the expectation spells it.
std::string run_case(const CaseFile& file);

// The case files below tests/cases, by their path without the ending, sorted.
std::vector<std::string> all_cases();

}  // namespace pipec::test
