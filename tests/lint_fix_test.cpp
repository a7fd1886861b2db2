// `pipec lint --fix`: what it changes, and what it never touches.
#include "tests/support/case_file.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using Files = std::map<std::string, std::string>;

Files with_small(Files files) {
  files.emplace("small.pipe", small_words());
  return files;
}

std::string fixed(const std::string& text) {
  return run({"lint", "--fix", "case.pipe"}, with_small({{"case.pipe", text}})).files.at("case.pipe");
}

// A pipeline without findings, with `imports` before it and `element` in its stage.
std::string pipeline(const std::string& imports, const std::string& element) {
  return "pipe 1\nimport \"./small.pipe\" { small }\n" + imports +
         "pipeline p: small {\n  source app { repository = github(\"acme/app\") }\n  stage build {\n    " +
         element + "\n  }\n}\n";
}

const std::string good = "action make: compile { run = \"make\"  timeout = 3m }";

TEST(LintFix, ChangesNothingButTheEdit) {
  EXPECT_EQ(fixed(pipeline("", "action  make:compile{run=\"make\";timeout=3m }   # x")),
            pipeline("", "action  make:compile{run=\"make\" timeout=3m }   # x"));
  EXPECT_EQ(fixed(pipeline("", "action make: compile { run == \"make\"\r\n  timeout: 3min }")),
            pipeline("", "action make: compile { run = \"make\"\r\n  timeout = 3m }"));
}

TEST(LintFix, RemovesUnusedImports) {
  EXPECT_EQ(fixed(pipeline("import dpra { sca, sbom, sast }\n\n", good)), pipeline("\n", good));
  EXPECT_EQ(fixed(pipeline("import dpra { sca as small2 }  # why\n", good)), pipeline("  # why\n", good));
  const std::string commented = pipeline("import dpra {\n  sca,  # why\n}\n", good);
  EXPECT_EQ(fixed(commented), commented);
}

TEST(LintFix, KeepsAnImportThatAMistakeMayHide) {
  const std::string text = pipeline("import dpra { sca }\n", "gate scan: sco { run = \"scan\" }");
  EXPECT_EQ(fixed(text), text);
}

TEST(LintFix, LeavesGuessesToPeople) {
  for (const std::string mistake :
       {"typcal = 3m", "timeout = 3", "timeout = 3S", "timeout = -3m", "timeout = \"3m\""}) {
    const std::string text = pipeline("", "action make: compile { run = \"make\"  " + mistake + " }");
    EXPECT_EQ(fixed(text), text);
  }
}

TEST(LintFix, DoesNotTakeAnAddressForAComment) {
  const std::string text = pipeline("", "action make: compile { run = https://example.com }");
  EXPECT_EQ(fixed(text), text);
  EXPECT_EQ(fixed("pipe 1\n//# no documentation\nlet a: int = 1\n"),
            "pipe 1\n# # no documentation\nlet a: int = 1\n");
}

TEST(LintFix, PutsTheVersionBehindTheByteOrderMark) {
  EXPECT_EQ(fixed("\xEF\xBB\xBFlet a: int = 1\n"), "\xEF\xBB\xBFpipe 1\nlet a: int = 1\n");
}

TEST(LintFix, FixesImportedFiles) {
  const RunResult result = run({"lint", "--fix", "case.pipe"},
                               with_small({{"case.pipe", pipeline("import \"./b.pipe\" { b };\n", good)},
                                           {"b.pipe", "let b: int = 1;\n"}}));
  EXPECT_EQ(result.files.at("b.pipe"), "pipe 1\nlet b: int = 1\n");
  EXPECT_EQ(result.files.at("case.pipe"), pipeline("", good));
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(LintFix, WritesNothingOutsideOfTheRoot) {
  const Files files{{"out/case.pipe", "pipe 1;\n"}, {"in/other.pipe", "pipe 1;\n"}};
  const RunResult result = run({"lint", "--fix", "out/case.pipe", "--root", "in"}, files);
  EXPECT_EQ(result.files, files);
  EXPECT_EQ(result.exit_code, 1);
}

// Of every case: what is fixed once stays, and only its own files change.
TEST(LintFix, IsDoneAfterOneRun) {
  size_t changed = 0;
  for (const std::string& name : all_cases()) {
    SCOPED_TRACE(name);
    const Files before = with_small(parse_case(source_file("tests/cases/" + name + ".pipe")).files);
    const RunResult once = run({"lint", "--fix", "case.pipe"}, before);
    const RunResult twice = run({"lint", "--fix", "case.pipe"}, once.files);
    EXPECT_EQ(once.files, twice.files);
    EXPECT_EQ(once.exit_code, twice.exit_code);
    EXPECT_EQ(twice.err.find("fixed["), std::string::npos);
    EXPECT_EQ(once.files.size(), before.size());
    changed += once.files != before ? 1 : 0;
  }
  EXPECT_GT(changed, 10u);
}

}  // namespace
}  // namespace pipec::test
