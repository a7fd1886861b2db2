// Every diagnostic has an example that pipec finds, and one that it does not, or a reason why no text can
// show it.
#include "compiler/diag/diagnostic.h"
#include "compiler/diag/examples/example.h"
#include "compiler/driver/diagnostic_pages.h"
#include "compiler/support/text.h"
#include "tests/support/frames.h"
#include "tests/support/program.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace fs = std::filesystem;
namespace {

struct NotShown {
  std::string_view name;
  std::string_view reason;
};

// Why no example of a few lines can show it.
constexpr std::string_view too_large = "only a text of many lines meets the limit";
constexpr std::string_view not_text = "no text that a person reads holds it";

constexpr auto not_shown = std::to_array<NotShown>({
    {"file_too_large", too_large},
    {"nul_byte", not_text},
    {"invalid_utf8", not_text},
    {"nested_too_deep", too_large},
    {"bidi_control", not_text},
    {"bidi_control_in_comment", not_text},
    {"imports_too_deep", too_large},
    {"too_many_files", too_large},
    {"too_much_imported", too_large},
    {"chain_too_long", too_large},
    {"too_many_parts", too_large},
    {"routes_too_large", too_large},
    {"inherits_too_much", too_large},
    {"texts_too_long", too_large},
    {"too_many_changes", too_large},
    {"too_many_findings", too_large},
    {"too_many_errors", too_large},
    {"value_too_large", too_large},
    {"text_too_long", too_large},
    {"stage_too_large", too_large},
    {"too_many_after", too_large},
    {"codepipeline_value_length", too_large},
    {"codepipeline_resources", too_large},
    {"codepipeline_template_size", too_large},
});

// What is found with it every time, being the same mistake in other words.
struct Companion {
  std::string_view name;
  std::string_view code;
};

constexpr auto companions = std::to_array<Companion>({
    {"hotfix_builds_nothing", "P0308"},
    {"attested_without_need", "HOUSE-01"},
});

bool comes_along(const DiagnosticInfo& info, std::string_view code) {
  return std::any_of(companions.begin(), companions.end(),
                     [&](const Companion& entry) { return entry.name == info.name && entry.code == code; });
}

struct Finding {
  std::string severity;
  std::string code;
  std::string message;
  friend std::ostream& operator<<(std::ostream& out, const Finding& finding) {
    return out << finding.severity << "[" << finding.code << "]: " << finding.message << "\n";
  }
};

std::vector<Finding> findings_in(const std::string& printed) {
  static const std::regex form("(^|: )(error|warning|note)\\[([^\\]]+)\\]: (.*)");
  std::vector<Finding> findings;
  for (const std::string_view line : split_lines(printed)) {
    const std::string text(line);
    std::smatch match;
    if (std::regex_search(text, match, form)) findings.push_back({match[2], match[3], match[4]});
  }
  return findings;
}

// The message of a diagnostic, with anything where its arguments stand.
std::regex form_of(const DiagnosticInfo& info) {
  const std::string quoted =
      std::regex_replace(driver::pattern_of(info), std::regex(R"([\\^$.|?*+()\[\]{}])"), R"(\$&)");
  return std::regex(std::regex_replace(quoted, std::regex("…"), ".*"));
}

// The files of one half of an example; `FILE` is case.pipe.
std::map<std::string, std::string> files_of(const diag::Example& example, std::string_view half) {
  constexpr std::string_view mark = "# --- file: ";
  std::map<std::string, std::string> files{{"small.pipe", small_words()}};
  std::string name = "case.pipe";
  for (const std::string_view line : split_lines(half)) {
    if (line.starts_with(mark)) {
      name = line.substr(mark.size());
    } else {
      files[name] += std::string(line) + "\n";
    }
  }
  const std::string command(example.command);
  std::smatch target;
  std::regex_search(command, target, std::regex("--target (\\w+)"));
  files["case.pipe"] = framed(files["case.pipe"], example.place, target.empty() ? "" : target[1].str());
  return files;
}

struct Outcome {
  int exit_code = 0;
  std::vector<Finding> findings;
};

// `more`: declarations behind those of the half.
Outcome judge(const diag::Example& example, std::string_view half, const std::string& more = "") {
  std::vector<std::string> arguments;
  std::istringstream words{std::string(example.command)};
  for (std::string word; words >> word;)
    arguments.push_back(word == "FILE" ? "case.pipe" : word);
  const bool chosen = std::find(arguments.begin(), arguments.end(), "--target") != arguments.end();
  if (!chosen && arguments.front() == "lint") arguments.insert(arguments.end(), {"--target", "local"});
  auto files = files_of(example, half);
  files["case.pipe"] += more;
  const RunResult result = run(arguments, files);
  return {result.exit_code, findings_in(result.out + result.err)};
}

// Findings of a rule carry the rule's code.
bool is_it(const Finding& finding, const DiagnosticInfo& info) {
  const bool own = std::regex_match(finding.code, std::regex("P[0-9]{4}"));
  const bool of_a_rule = (info.number >= 700 && info.number < 706) || info.name == "requirement_refuted" ||
                         info.name == "rule_broken";
  return (finding.code == info.code() || (of_a_rule && !own)) &&
         std::regex_match(finding.message, form_of(info));
}

void check(const DiagnosticInfo& info, const diag::Example& example) {
  const std::vector<Finding> bad = judge(example, example.bad).findings;
  EXPECT_TRUE(std::any_of(bad.begin(), bad.end(), [&](const Finding& found) { return is_it(found, info); }))
      << "the bad one is not found, but " << testing::PrintToString(bad);
  for (const Finding& found : bad) {
    if (!is_it(found, info) && !comes_along(info, found.code))
      ADD_FAILURE() << "the bad one has also " << found;
  }
  const std::string switched_off = fmt::format("severity {{ {} = off }}\n", info.code());
  if (driver::to_text(info).find(switched_off) != std::string::npos) {
    const Outcome off = judge(example, example.bad, switched_off);
    EXPECT_TRUE(off.findings.empty()) << "switched off, " << testing::PrintToString(off.findings);
  }
  const Outcome good = judge(example, example.good);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_TRUE(good.findings.empty()) << "the good one has " << testing::PrintToString(good.findings);
  // What `lint --fix` makes of it.
  auto files = files_of(example, example.bad);
  const RunResult fixed = run({"lint", "case.pipe", "--target", "local", "--fix"}, files);
  const bool changed = fixed.files.at("case.pipe") != files.at("case.pipe");
  if (changed != example.fixed_safely)
    ADD_FAILURE() << (changed ? "is fixed safely" : "is not fixed safely")
                  << ": `# FIX: safe` says that `lint --fix` mends it";
}

std::string indented(std::string_view lines, size_t columns) {
  std::string text;
  for (const std::string_view line : split_lines(lines))
    text += line.empty() ? "\n" : std::string(columns, ' ') + std::string(line) + "\n";
  return text;
}

// What is right is written in the one form of the language.
void check_form(const diag::Example& example) {
  std::map<std::string, std::string> files = files_of(example, example.good);
  const std::string_view text = example.good.substr(0, example.good.find("# --- file: "));
  if (example.place.starts_with("stage"))
    files["case.pipe"] = "pipe 1\npipeline p: small {\n  stage build {\n" + indented(text, 4) + "  }\n}\n";
  if (example.place == "hotfix")
    files["case.pipe"] = "pipe 1\npipeline p: small {\n  hotfix {\n" + indented(text, 4) + "  }\n}\n";
  if (example.place == "pipeline")
    files["case.pipe"] = "pipe 1\npipeline p: small {\n" + indented(text, 2) + "}\n";
  for (const auto& [name, content] : files) {
    if (!name.ends_with(".pipe") || name == "small.pipe") continue;
    EXPECT_EQ(run({"fmt", "--diff", name}, files).out, "");
  }
}

class Examples : public testing::TestWithParam<int> {};

TEST_P(Examples, AreFoundAndMended) {
  for (const DiagnosticInfo* info : diag::all()) {
    if (info->number / 50 != GetParam()) continue;
    SCOPED_TRACE(info->code() + " " + std::string(info->name));
    const auto* reason = std::find_if(not_shown.begin(), not_shown.end(),
                                      [&](const NotShown& entry) { return entry.name == info->name; });
    const auto example = diag::example_of(info->code());
    if (example.has_value() == (reason != not_shown.end()))
      ADD_FAILURE() << (example ? "has an example, and a reason why there is none"
                                : "has neither an example nor a reason why there is none");
    if (!example) continue;
    check(*info, *example);
    check_form(*example);
  }
}

TEST(Diagnostics, ExamplesAndReasonsAreOfThem) {
  std::set<std::string> codes;
  std::set<std::string_view> names;
  for (const DiagnosticInfo* info : diag::all()) {
    codes.insert(info->code());
    names.insert(info->name);
  }
  for (const auto& entry : fs::directory_iterator(fs::path(PIPEC_SOURCE_DIR) / "compiler/diag/examples")) {
    const bool example = entry.path().extension() == ".pipe";
    EXPECT_TRUE(!example || codes.contains(entry.path().stem().string())) << entry.path();
  }
  for (const NotShown& entry : not_shown)
    EXPECT_TRUE(names.contains(entry.name)) << entry.name;
  for (const Companion& entry : companions)
    EXPECT_TRUE(names.contains(entry.name)) << entry.name;
}

// By fifties of their numbers.
INSTANTIATE_TEST_SUITE_P(Diagnostics, Examples, testing::Range(0, 20));

}  // namespace
}  // namespace pipec::test
