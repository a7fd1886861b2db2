// Templates for AWS, judged by the programs of ../../judges.
#include "tests/backends/github/platform.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace pipec::test {
namespace {

constexpr int judges_are_absent = 77;

TEST(GithubTemplatesJudged, HaveNoFindings) {
  const Compiled compiled(checkout_sample());
  const std::filesystem::path folder = std::filesystem::path(PIPEC_BINARY_DIR) / "judged-github-templates";
  std::filesystem::remove_all(folder);
  for (const auto& [path, text] :
       by_path(compiled.context, backends::github::aws_templates(compiled.context))) {
    std::filesystem::create_directories((folder / path).parent_path());
    std::ofstream(folder / path) << text;
  }
  const std::string judges = std::string(PIPEC_SOURCE_DIR) + "/tests/judges";
  const std::string allowed = std::string(PIPEC_SOURCE_DIR) + "/tests/backends/github/allow_templates.json";
  const int status = std::system(("'" + judges + "/judges.sh' run '" + judges +
                                  "/judge-templates.mjs' --allow '" + allowed + "' '" + folder.string() + "'")
                                     .c_str());
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == judges_are_absent) GTEST_SKIP() << "judges are absent";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pipec::test
