// What `compile` and `check` promise about the files they find.
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using Files = std::map<std::string, std::string>;

const std::vector<std::string> compile_command{"compile", "samples/checkout/checkout.pipe", "-o", "out"};
const std::vector<std::string> check_command{"check", "samples/checkout/checkout.pipe", "-o", "out"};
constexpr const char* workflow = "out/github/.github/workflows/pipec-checkout-service-trunk.yml";

Files sources() {
  return {{"samples/checkout/checkout.pipe", source_file("samples/checkout/checkout.pipe")}};
}

RunResult compiled() {
  RunResult result = run(compile_command, sources());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result;
}

TEST(Compile, GivesTheSameBytesAgain) {
  const RunResult first = compiled();
  EXPECT_EQ(run(compile_command, sources()).files, first.files);
  const RunResult again = run(compile_command, first.files);
  EXPECT_EQ(again.files, first.files);
  EXPECT_NE(again.err.find("(0 written)"), std::string::npos) << again.err;
  EXPECT_EQ(run(check_command, first.files).exit_code, 0);
}

TEST(Compile, LeavesEditedFilesAlone) {
  Files files = compiled().files;
  files[workflow] += "# by hand\n";
  const std::string edited = files[workflow];
  const RunResult refused = run(compile_command, files);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.files, files);
  EXPECT_NE(refused.err.find("edited since: `.github/workflows/pipec-checkout-service-trunk.yml`"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(run(check_command, files).exit_code, 1);
  std::vector<std::string> forced = compile_command;
  forced.push_back("--force");
  const RunResult overwritten = run(forced, files);
  EXPECT_EQ(overwritten.exit_code, 0);
  EXPECT_NE(overwritten.files.at(workflow), edited);
}

TEST(Compile, LeavesFilesOfPeopleAlone) {
  Files files = sources();
  files[workflow] = "name: mine\n";
  const RunResult refused = run(compile_command, files);
  EXPECT_EQ(refused.exit_code, 1) << refused.err;
  EXPECT_EQ(refused.files, files);
}

TEST(Compile, WritesAllTargetsOrNone) {
  Files files = compiled().files;
  // The target that is written last.
  files["out/local/checkout-service.plan.yaml"] = "edited\n";
  std::string& pipeline = files["samples/checkout/checkout.pipe"];
  const std::string command = "./cmd/checkout";
  pipeline.replace(pipeline.find(command), command.size(), "./cmd/other");
  const RunResult refused = run(compile_command, files);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.files, files);
}

TEST(Compile, RemovesWhatIsNoLongerEmitted) {
  const Files files = compiled().files;
  std::vector<std::string> only_trunk = compile_command;
  only_trunk.insert(only_trunk.end(), {"--route", "trunk"});
  const RunResult fewer = run(only_trunk, files);
  EXPECT_EQ(fewer.exit_code, 0) << fewer.err;
  EXPECT_TRUE(files.contains("out/github/.github/workflows/pipec-checkout-service-review.yml"));
  EXPECT_FALSE(fewer.files.contains("out/github/.github/workflows/pipec-checkout-service-review.yml"));
}

TEST(Compile, RefusesAManifestThatLeavesItsFolder) {
  Files files = compiled().files;
  files["secret"] = "keep\n";
  files["out/local/manifest.json"] =
      R"({"version": 1, "sources": {}, "files": {"../../secret": {"source": "samples/checkout/checkout.pipe", "sha256": ""}}})";
  const RunResult refused = run(compile_command, files);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.files, files);
}

TEST(Compile, WritesNothingForAPipelineWithMistakes) {
  Files files = sources();
  files["samples/checkout/checkout.pipe"] += "}\n";
  const RunResult refused = run(compile_command, files);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.files, files);
}

}  // namespace
}  // namespace pipec::test
