#include "tests/support/case_file.h"

#include "compiler/support/text.h"
#include "tests/support/program.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace pipec::test {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view expected_mark = "# --- expected";
constexpr std::string_view file_mark = "# --- file: ";
constexpr std::string_view run_mark = "# RUN: ";

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

}  // namespace

CaseFile parse_case(const std::string& text) {
  CaseFile parsed;
  const size_t expected = text.find(std::string("\n") + std::string(expected_mark) + "\n");
  parsed.input = expected == std::string::npos ? text : text.substr(0, expected + 1);
  if (expected != std::string::npos) {
    for (const std::string_view line :
         split_lines(std::string_view(text).substr(expected + expected_mark.size() + 2))) {
      parsed.expected += std::string(line.size() > 2 ? line.substr(2) : "") + "\n";
    }
  }
  std::string name = "case.pipe";
  for (const std::string_view line : split_lines(parsed.input)) {
    if (line.starts_with(run_mark)) parsed.runs.push_back(words(std::string(line.substr(run_mark.size()))));
    if (line.starts_with(file_mark)) {
      name = line.substr(file_mark.size());
      continue;
    }
    parsed.files[name] += std::string(line) + "\n";
  }
  if (parsed.runs.empty()) parsed.runs.push_back({"lint", "case.pipe"});
  return parsed;
}

std::string run_case(const CaseFile& file) {
  std::string printed;
  std::map<std::string, std::string> files = file.files;
  files.emplace("small.pipe", small_words());
  for (std::vector<std::string> arguments : file.runs) {
    std::map<std::string, std::string> variables;
    for (size_t at; !arguments.empty() && (at = arguments.front().find('=')) != std::string::npos;) {
      variables.emplace(arguments.front().substr(0, at), arguments.front().substr(at + 1));
      arguments.erase(arguments.begin());
    }
    const RunResult result = run(arguments, files, variables);
    files = result.files;
    printed += "exit " + std::to_string(result.exit_code) + "\n" + result.out + result.err;
  }
  return printed;
}

std::vector<std::string> all_cases() {
  const fs::path root = fs::path(PIPEC_SOURCE_DIR) / "tests" / "cases";
  std::vector<std::string> cases;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".pipe") {
      cases.push_back(entry.path().lexically_relative(root).replace_extension().generic_string());
    }
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

}  // namespace pipec::test
