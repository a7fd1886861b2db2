// What the samples promise.
#include "compiler/support/text.h"
#include "tests/support/program.h"

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

std::string checkout() { return source_file("samples/checkout/checkout.pipe"); }

std::string without(std::string text, const std::string& part) {
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.erase(at, part.size());
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Checkout, WithoutItsSecretsGateHasExactlyOneError) {
  std::string text = without(checkout(), "      gate secrets: gitleaks\n");
  text = without(text, "gitleaks, ");
  text.replace(text.find("[lint, unit, secrets, sast]"), 27, "[lint, unit, sast]");
  const RunResult result = run({"lint", "checkout.pipe"}, {{"checkout.pipe", text}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(count(result.err, "error["), 1u) << result.err;
  EXPECT_NE(
      result.err.find("checkout.pipe:56:3: error[DPRA-APP-BUILD-04]: stage `build` has no Secrets Detection"),
      std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("= fix: add `gate secrets: gitleaks`"), std::string::npos) << result.err;
}

TEST(Checkout, HotfixTableIsTheCommittedOne) {
  const RunResult result =
      run({"hotfix", "checkout.pipe", "--format", "markdown"}, {{"checkout.pipe", checkout()}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, source_file("samples/checkout/hotfix.md"));
}

TEST(Checkout, ItsPromisesAboutTimeAreTrue) {
  const RunResult result =
      run({"hotfix", "checkout.pipe", "--target", "github"}, {{"checkout.pipe", checkout()}});
  EXPECT_NE(result.out.find("GitHub Actions  23m5s "), std::string::npos) << result.out;
  for (const std::string_view line : split_lines(result.out)) {
    if (line.starts_with("  - on ")) {
      EXPECT_NE(line.find("typically 4m"), std::string::npos) << line;
    }
  }
}

TEST(Checkout, GateTableHasTheRowsOfAnIncident) {
  const RunResult result = run({"hotfix", "checkout.pipe"}, {{"checkout.pipe", checkout()}});
  for (const std::string row :
       {"build.lint ", "build.unit ", "beta.integration ", "build.scan (critical)", "build.scan (high)",
        "gamma.performance ", "gamma.service ", "prod.service "}) {
    EXPECT_NE(result.out.find("\n" + row), std::string::npos) << row;
  }
}

// Samples with findings on purpose; the README beside them holds what is said about them.
bool has_findings(const std::string& path) {
  return path.starts_with("samples/mistakes/") || path.starts_with("samples/reference/") ||
         path == "samples/platform/payments.pipe";
}

std::map<std::string, std::string> samples() {
  std::map<std::string, std::string> files;
  const std::filesystem::path root(PIPEC_SOURCE_DIR);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "samples")) {
    const std::string path = entry.path().lexically_relative(root).generic_string();
    if (entry.path().extension() == ".pipe") files[path] = source_file(path);
  }
  return files;
}

// Which targets a pipeline leaves out is no finding.
std::string without_notes(const std::string& printed) {
  std::string rest;
  for (const std::string_view line : split_lines(printed)) {
    if (!line.starts_with("note: ")) rest += std::string(line) + "\n";
  }
  return rest;
}

TEST(Samples, HaveNoFindings) {
  const auto files = samples();
  for (const auto& [path, text] : files) {
    if (has_findings(path)) continue;
    const RunResult result = run({"lint", path}, files);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(without_notes(result.err), path + ": no findings\n");
  }
  EXPECT_GE(files.size(), 10u);
}

// Nothing in them is let off for a time, so they stay as clean as they are.
TEST(Samples, HaveNoFindingsInYearsEither) {
  const auto files = samples();
  for (const auto& [path, text] : files) {
    if (has_findings(path)) continue;
    const RunResult result = run({"lint", path, "--today", "2034-12-31"}, files);
    EXPECT_EQ(without_notes(result.err), path + ": no findings\n");
    EXPECT_EQ(text.find("\n  waive "), std::string::npos) << path;
  }
}

TEST(Samples, AreFormatted) {
  for (const auto& [path, text] : samples()) {
    const RunResult result = run({"fmt", "--check", path}, {{path, text}});
    EXPECT_EQ(result.exit_code, 0) << path;
  }
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

TEST(Samples, KeepWhatTheirTestsPromise) {
  std::map<std::string, std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(PIPEC_SOURCE_DIR) / "samples")) {
    const std::string path = entry.path().lexically_relative(PIPEC_SOURCE_DIR).generic_string();
    if (entry.path().extension() == ".pipe") files[path] = source_file(path);
  }
  const RunResult result = run({"test", "samples"}, files);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  for (const std::string name :
       {"checkout/checkout", "quickstart/quickstart", "gitflow/gitflow", "platform/cart"})
    EXPECT_NE(result.out.find("samples/" + name + ".pipe\n"), std::string::npos) << name;
  EXPECT_NE(result.out.find("all hold"), std::string::npos) << result.out;
}

// A change that somebody makes by mistake, the test that fails, and what it says.
struct Mistake {
  std::string part;
  std::string by;
  std::string title;
  std::string says;
};

TEST(Checkout, ItsTestsNoticeWhatIsBroken) {
  const std::string trunk = "a push to main reaches production, with every check and after an approval";
  const std::string hotfix = "a hotfix is quick, still scanned, and approved";
  const std::vector<Mistake> mistakes{
      {"branch     = \"main\"", "branch     = \"master\"", trunk, "`route` is none, expected trunk"},
      {"fail_on = high  floor = critical", "fail_on = critical  floor = critical", trunk,
       "`build.scan.fail_on` is critical, expected high"},
      {"override scan because \"findings below critical can wait\" { fail_on = critical  timeout = 2m }", "",
       hotfix, "`build.scan.fail_on` is high, expected critical"},
      {"\"Mon-Fri 08:00-16:00\"", "\"Mon-Fri 08:00-23:00\"", "production is not changed at night",
       "`prod.window` is open, expected closed"},
      {"skip image, bom, scan because", "skip sast because \"slow\"\n    skip image, bom, scan because",
       "a pull request is built and checked, and publishes nothing",
       "expected a list that contains [build.lint, build.unit, build.sast]"},
      {"stages        = [build]", "stages        = [build, beta]",
       "a pull request is built and checked, and publishes nothing", "expected [build]"},
      {"branches = \"hotfix/{incident}-*\"", "branches = \"fix/{incident}-*\"", hotfix,
       "`route` is none, expected hotfix"},
      {"waves    = [[eu-west-1, us-east-1]]\n",
       "waves    = [[eu-west-1], [us-east-1]]\n      wave_bake = 4m\n", hotfix, "`typical_path` is "},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string text = replaced(checkout(), mistake.part, mistake.by);
    const RunResult result = run({"test", "checkout.pipe"}, {{"checkout.pipe", text}});
    EXPECT_EQ(result.exit_code, 1) << mistake.part;
    EXPECT_NE(result.out.find("FAILED  " + mistake.title + "\n"), std::string::npos)
        << result.out << result.err;
    EXPECT_NE(result.out.find(mistake.says), std::string::npos) << result.out;
  }
}

// A gate that the profile asks for is gone: a finding that no test expects.
TEST(Checkout, ItsTestsNoticeARemovedGate) {
  std::string text = without(checkout(), "      gate secrets: gitleaks\n");
  text = without(text, "gitleaks, ");
  text = replaced(text, "[lint, unit, secrets, sast]", "[lint, unit, sast]");
  const RunResult result = run({"test", "checkout.pipe"}, {{"checkout.pipe", text}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("FAILED  nothing is found"), std::string::npos) << result.out << result.err;
  EXPECT_NE(result.out.find("`findings` is [DPRA-APP-BUILD-04], expected []"), std::string::npos)
      << result.out;
}

// What a test names is gone: the file does not compile, for every command.
TEST(Checkout, ItsTestsNoticeARemovedApproval) {
  const std::string text = without(checkout(), "    approval release { within = 24h }\n");
  for (const std::string command : {"test", "lint"}) {
    const RunResult result = run({command, "checkout.pipe"}, {{"checkout.pipe", text}});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("there is no `prod.release` to expect something of"), std::string::npos)
        << result.err;
  }
}

}  // namespace
}  // namespace pipec::test
