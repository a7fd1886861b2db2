// The forms in which findings are printed, of one file or of many in one document. None of them names a time
// or a machine: the same findings have the same bytes.
#pragma once

#include "compiler/report/finding.h"

#include <string>
#include <vector>

namespace pipec::report {

// A judgement of files.
struct Judgement {
  std::vector<JudgedFile> files;
  // The day by which waivers are judged, `2027-03-31`; empty when they are not.
  std::string day;
  // The mildest severity that makes it fail.
  Severity fails_on = Severity::error;
};

// How often something was found in all files. What several files import is counted once.
struct Total {
  size_t errors = 0;
  size_t warnings = 0;
  size_t notes = 0;
  size_t known = 0;
  size_t waived = 0;
};
Total total(const std::vector<JudgedFile>& files);

// The findings of all files in their order, each with its file. A finding in a file that several import is
// there once.
struct Entry {
  const JudgedFile* file = nullptr;
  const Finding* finding = nullptr;
};
std::vector<Entry> distinct(const std::vector<JudgedFile>& files);

// What stands first in the name of a file of the standard library.
inline constexpr std::string_view library_folder = "stdlib/";

// "2 errors and 1 warning", and what does not count: ", 3 known".
std::string in_words(const Total& total);

// A table: file, pipeline, profile, errors, warnings, and notes, known and waived ones where there are any.
// The first row is the heading, the last one the total.
std::vector<std::vector<std::string>> overview(const std::vector<JudgedFile>& files);

// One document; its form is described in README.md.
std::string to_json(const Judgement& judgement);
// SARIF 2.1.0, one run.
std::string to_sarif(const Judgement& judgement);
// JUnit's XML: a suite for each file, a case for each finding, or one that passed.
std::string to_junit(const Judgement& judgement);
// Workflow commands of GitHub Actions, a line for each finding that counts.
std::string to_github(const Judgement& judgement);
// For a comment or a summary.
std::string to_markdown(const Judgement& judgement);

}  // namespace pipec::report
