// What came of tests, in the three forms in which it is told.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::expect {

// A diagnostic, told: its place and its words.
struct Told {
  std::string code;
  std::string message;
  std::string file;
  Place begin;
  // Other places that it is about, and what is said there.
  struct Label {
    std::string message;
    std::string file;
    Place begin;
  };
  std::vector<Label> labels;
  std::vector<std::string> notes;
  // As it is printed, with an excerpt and without colour.
  std::string text;
};

struct TestReport {
  std::string title;
  std::string pipeline;
  uint32_t line = 0;
  // What did not hold; empty when the test passed.
  std::vector<Told> failures;
};

struct FileReport {
  std::string path;
  // Mistakes because of which its tests were not run.
  std::vector<Told> errors;
  std::vector<TestReport> tests;
};

struct Count {
  size_t tests = 0;
  size_t failed = 0;
  // Files whose tests were not run.
  size_t broken_files = 0;
};

std::vector<Told> tell(const std::vector<Diagnostic>& diagnostics, const SourceManager& sources);

Count count(const std::vector<FileReport>& files);

// A line for each test, what did not hold below it. `color`: with control sequences of a terminal. `quiet`:
// only what did not hold.
std::string to_text(const FileReport& file, bool color, bool quiet);
// "12 tests in 2 files: all hold"
std::string summary(const std::vector<FileReport>& files);
// The form is described in compiler/expect/README.md.
std::string to_json(const std::vector<FileReport>& files);
// JUnit's XML as CI servers read it: a suite for each file. It names no time and no machine, so the same
// result has the same bytes.
std::string to_junit(const std::vector<FileReport>& files);
// Whether a text is one of the latter two, of any version of pipec.
bool is_report(std::string_view text);

}  // namespace pipec::expect
