// Runs every case file, and checks that every diagnostic is printed by one of them.
#include "compiler/diag/diagnostic.h"
#include "compiler/support/text.h"
#include "tests/support/case_file.h"
#include "tests/support/program.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

bool updating() {
  const char* update = std::getenv("PIPEC_UPDATE");
  if (update == nullptr || std::string_view(update) != "1") return false;
  const char* ci = std::getenv("CI");
  EXPECT_TRUE(ci == nullptr || *ci == '\0') << "expectations are not rewritten in CI";
  return ci == nullptr || *ci == '\0';
}

std::string case_path(const std::string& name) { return "tests/cases/" + name + ".pipe"; }

class Case : public testing::TestWithParam<std::string> {};

TEST_P(Case, PrintsWhatIsExpected) {
  const CaseFile file = parse_case(source_file(case_path(GetParam())));
  const std::string printed = run_case(file);
  if (updating()) {
    std::ofstream out(std::string(PIPEC_SOURCE_DIR) + "/" + case_path(GetParam()), std::ios::binary);
    out << file.input << "# --- expected\n";
    for (const std::string_view line : split_lines(printed))
      out << (line.empty() ? "#" : "# ") << line << "\n";
    return;
  }
  EXPECT_EQ(printed, file.expected) << "PIPEC_UPDATE=1 writes the expectation anew";
  const std::string name = std::filesystem::path(GetParam()).filename().string();
  bool fails = false;
  for (const std::string_view line : split_lines(printed))
    fails = fails || (line.starts_with("exit ") && line != "exit 0");
  EXPECT_EQ(name.starts_with("fail_"), fails) << "a case begins with `fail_` when one of its commands fails";
}

INSTANTIATE_TEST_SUITE_P(Files, Case, testing::ValuesIn(all_cases()), [](const auto& parameter) {
  std::string name = parameter.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

// The longest part of a message that no argument changes.
std::string longest_words(std::string_view text) {
  std::string longest;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    if (open > longest.size()) longest = text.substr(0, open);
    const size_t close = std::min(text.find('}', open), text.size() - 1);
    text.remove_prefix(close + 1);
  }
  return longest;
}

TEST(Cases, EveryDiagnosticIsPrintedByOne) {
  std::string printed;
  for (const std::string& name : all_cases())
    printed += parse_case(source_file(case_path(name))).expected;
  // Raised by texts that a case file cannot hold, or that are too large for one: robustness_test.cpp and
  // limits_test.cpp raise them.
  constexpr auto not_as_text = std::to_array<std::string_view>(
      {"file_too_large", "nul_byte", "invalid_utf8", "nested_too_deep", "imports_too_deep", "too_many_files",
       "too_much_imported", "too_many_parts", "routes_too_large", "inherits_too_much", "texts_too_long",
       "too_many_changes", "too_many_findings", "too_many_after"});
  std::string missing;
  for (const DiagnosticInfo* info : diag::all()) {
    if (std::find(not_as_text.begin(), not_as_text.end(), info->name) != not_as_text.end()) continue;
    // Findings of a profile carry the code of its rule; they are known by their words. One has none of its
    // own: forms_test.cpp prints what it says, a case its page.
    const bool of_a_rule = (info->number >= 700 && info->number < 706) || info->name == "requirement_refuted";
    std::string mark = of_a_rule ? longest_words(info->text) : "[" + info->code() + "]";
    if (info->name == "rule_broken") mark = info->code() + " error";
    if (printed.find(mark) == std::string::npos)
      missing += info->code() + " " + std::string(info->name) + "\n";
  }
  EXPECT_EQ(missing, "");
}

TEST(Diagnostics, NumbersAreUniqueAndGrow) {
  uint16_t previous = 0;
  for (const DiagnosticInfo* info : diag::all()) {
    EXPECT_GT(info->number, previous) << info->name;
    previous = info->number;
  }
}

TEST(Diagnostics, SayWhatTheyAreFor) {
  for (const DiagnosticInfo* info : diag::all()) {
    EXPECT_GT(info->explanation.size(), 20u) << info->name;
    EXPECT_TRUE(info->explanation.ends_with('.')) << info->name;
    EXPECT_FALSE(info->text.ends_with('.')) << info->name;
  }
}

}  // namespace
}  // namespace pipec::test
