// The pages of the rules: those in stdlib/ are current, and what they say to write compiles.
#include "compiler/driver/rule_pages.h"

#include "compiler/driver/word_pages.h"
#include "compiler/report/rules.h"
#include "compiler/support/text.h"
#include "tests/support/program.h"

#include <cstdlib>
#include <fstream>
#include <regex>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pipec::test {
namespace {

std::vector<driver::ProfilePages> all_pages() { return driver::profile_pages(standard_library()); }

bool updating() {
  const char* update = std::getenv("PIPEC_UPDATE");
  return update != nullptr && std::string_view(update) == "1" && std::getenv("CI") == nullptr;
}

TEST(RulePages, AreAllThere) {
  const auto pages = all_pages();
  EXPECT_EQ(pages.size(), 5u);
  for (const auto& profile : pages) {
    EXPECT_GT(profile.rules.size(), 10u) << profile.name;
    for (const auto& page : profile.rules) {
      EXPECT_FALSE(page.text.empty()) << page.code;
      EXPECT_FALSE(page.what.empty()) << page.code;
    }
  }
}

// Of a profile, or of the diagnostics.
void expect_current(const std::string& listed, const std::string& path) {
  const RunResult made = run({"explain", "--list", listed, "--format", "markdown"}, {});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  if (updating()) std::ofstream(fmt::format("{}/{}", PIPEC_SOURCE_DIR, path), std::ios::binary) << made.out;
  EXPECT_EQ(source_file(path), made.out) << "PIPEC_UPDATE=1 writes the pages anew";
}

TEST(RulePages, OfTheLibraryAreCurrent) {
  for (const auto& profile : all_pages())
    expect_current(profile.name, fmt::format("stdlib/dpra/{}.md", profile.name));
}

TEST(RulePages, OfDiagnosticsAreCurrent) { expect_current("diagnostics", "compiler/diag/diagnostics.md"); }

TEST(WordPages, OfTheLibraryAreCurrent) {
  for (const std::string module : {"controls", "dpra", "providers", "tools"})
    expect_current(module, fmt::format("stdlib/{0}/{0}.md", module));
}

TEST(WordPages, OfEveryWordArePrintedByItsName) {
  const auto pages = driver::word_pages(standard_library());
  EXPECT_GT(pages.size(), 200u);
  for (const auto& page : pages) {
    const RunResult shown = run({"explain", page.module + "." + page.name}, {});
    EXPECT_EQ(shown.exit_code, 0) << page.name;
    EXPECT_NE(shown.out.find(driver::to_text(page)), std::string::npos) << shown.out;
    // A definition says what it runs, and where.
    const bool definition = page.module == "tools" || page.module == "providers";
    if (!definition || page.what.find(' ') != std::string::npos) continue;
    EXPECT_FALSE(page.runs.empty()) << page.name;
  }
}

// A waiver as a page prints it, with something where it has `…`.
std::string filled(std::string line, bool ends) {
  line = std::regex_replace(line, std::regex("\"…\""), "\"ADR-1 says why\"");
  line = std::regex_replace(line, std::regex("(owner|approved_by) = …"), "$1 = team");
  return std::regex_replace(line, std::regex("until = …"), ends ? "until = 2027-01-31" : "");
}

TEST(RulePages, TheirWaiversCompileAndHold) {
  for (const auto& profile : all_pages()) {
    std::string head = fmt::format(
        "pipe 1\nimport \"./small.pipe\" {{ team }}\nimport dpra {{ {0} }}\n"
        "pipeline p: {0} {{\n  source app {{ repository = github(\"acme/app\") }}\n",
        profile.name);
    const std::map<std::string, std::string> small{
        {"small.pipe", source_file("tests/support/shared/small.pipe")}};
    const auto lint = [&](const std::string& waivers) {
      auto files = small;
      files["case.pipe"] = head + waivers + "}\n";
      return run({"lint", "case.pipe", "--target", "local", "--format", "json"}, files);
    };
    std::string all;
    for (const auto& page : profile.rules) {
      const RunResult shown = run({"explain", page.code}, {});
      ASSERT_EQ(shown.exit_code, 0) << page.code;
      const std::string line = report::waiver_of(page.code);
      EXPECT_NE(shown.out.find(line), std::string::npos) << shown.out;
      EXPECT_EQ(shown.out.find(report::not_applicable_of(page.code)) != std::string::npos, page.may_not_apply)
          << shown.out;
      all += "  " + filled(line, true) + "\n";
    }
    const auto found = nlohmann::json::parse(lint(all).out);
    for (const auto& diagnostic : found["diagnostics"]) {
      const bool waived = diagnostic.value("standing", "") == "waived";
      // A rule about what is not there at all has nothing to waive.
      EXPECT_TRUE(waived || diagnostic["code"] == "P0707") << profile.name << ": " << diagnostic.dump(1);
    }
    // Without them there is something to find.
    EXPECT_GT(nlohmann::json::parse(lint("").out)["diagnostics"].size(), 0u) << profile.name;
  }
}

TEST(RulePages, NotApplicableCovers) {
  for (const auto& profile : all_pages()) {
    std::string text = fmt::format(
        "pipe 1\nimport \"./small.pipe\" {{ team }}\nimport dpra {{ {0} }}\n"
        "pipeline p: {0} {{\n  source app {{ repository = github(\"acme/app\") }}\n",
        profile.name);
    for (const auto& page : profile.rules) {
      if (page.may_not_apply) text += "  " + filled(report::not_applicable_of(page.code), false) + "\n";
    }
    const RunResult result =
        run({"lint", "case.pipe", "--target", "local"},
            {{"case.pipe", text + "}\n"}, {"small.pipe", source_file("tests/support/shared/small.pipe")}});
    EXPECT_EQ(result.err.find("[P0"), std::string::npos) << result.err;
    for (const auto& page : profile.rules) {
      if (page.may_not_apply) {
        EXPECT_EQ(result.err.find(page.code + "]"), std::string::npos) << result.err;
      }
    }
  }
}

// What is shown as good is an element, another part of a pipeline or a property.
TEST(RulePages, GoodExamplesParse) {
  size_t examples = 0;
  for (const auto& profile : all_pages()) {
    for (const auto& page : profile.rules) {
      std::string example = report::example_of(page.fix);
      if (example.empty()) continue;
      ++examples;
      example = std::regex_replace(example, std::regex("\\[ … \\]|\\{ … \\}"), "");
      EXPECT_TRUE(std::regex_search(
          example, std::regex("^((action|gate|deploy|approval|stage|route|notify|metrics) |[a-z_]+ = )")))
          << example;
    }
  }
  EXPECT_GT(examples, 40u);
}

TEST(RulePages, TheListNamesEveryCode) {
  const auto json = nlohmann::json::parse(run({"explain", "--list", "--format", "json"}, {}).out);
  size_t rules = 0;
  for (const auto& profile : all_pages())
    rules += profile.rules.size();
  // And H1 to H10.
  EXPECT_EQ(json["codes"].size(), diag::all().size() + rules + 10);
  for (const auto& code : json["codes"]) {
    const RunResult shown = run({"explain", code["code"].get<std::string>()}, {});
    EXPECT_EQ(shown.exit_code, 0) << code;
  }
}

}  // namespace
}  // namespace pipec::test
