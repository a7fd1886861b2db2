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
      result.err.find("checkout.pipe:52:3: error[DPRA-APP-BUILD-04]: stage `build` has no Secrets Detection"),
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
  EXPECT_NE(result.out.find("GitHub Actions  22m "), std::string::npos) << result.out;
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

TEST(Samples, HaveNoFindings) {
  const auto files = samples();
  for (const auto& [path, text] : files) {
    if (has_findings(path)) continue;
    const RunResult result = run({"lint", path}, files);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, path + ": no findings\n");
  }
  EXPECT_GE(files.size(), 10u);
}

TEST(Samples, AreFormatted) {
  for (const auto& [path, text] : samples()) {
    const RunResult result = run({"fmt", "--check", path}, {{path, text}});
    EXPECT_EQ(result.exit_code, 0) << path;
  }
}

}  // namespace
}  // namespace pipec::test
