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
  EXPECT_EQ(again.writes, 0U);
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

constexpr const char* old_workflow = "repo/out/github/.github/workflows/pipec-shop.yml";
constexpr const char* new_workflow = "repo/out/github/.github/workflows/pipec-store.yml";

std::string shop(const std::string& name, const std::string& target) {
  return "pipe 1\ncapability make_it: action { title = \"Make\"  timeout = 5m }\n"
         "profile p { title = \"P\"  origin = \"us\" }\npipeline " +
         name + ": p {\n  source app { repository = github(\"acme/shop\") }\n  " + target +
         "\n  stage build { action make: make_it { run = \"make\" } }\n}\n";
}

constexpr const char* on_github =
    "target github { plan = free  visibility = public  account = \"111111111111\"  region = eu-west-1 }";

Files shop_files() {
  const Files files{{"repo/.git/HEAD", ""}, {"repo/shop.pipe", shop("shop", on_github)}};
  const RunResult result = run({"compile", "repo/shop.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.files.contains(old_workflow));
  return result.files;
}

TEST(Compile, RemovesWhatARenamedPipelineLeavesBehind) {
  Files files = shop_files();
  files["repo/shop.pipe"] = shop("store", on_github);
  const RunResult check = run({"check", "repo/shop.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_NE(check.err.find(std::string(old_workflow) + ": no longer part"), std::string::npos) << check.err;
  const RunResult compile = run({"compile", "repo/shop.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(compile.exit_code, 0) << compile.err;
  EXPECT_FALSE(compile.files.contains(old_workflow));
  EXPECT_TRUE(compile.files.contains(new_workflow));
  EXPECT_EQ(run({"check", "repo/shop.pipe", "-o", "repo/out"}, compile.files).exit_code, 0);
}

TEST(Compile, ARenamedSourceKeepsItsFiles) {
  Files files = shop_files();
  files["repo/store.pipe"] = files.at("repo/shop.pipe");
  files.erase("repo/shop.pipe");
  const RunResult compile = run({"compile", "repo/store.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(compile.exit_code, 0) << compile.err;
  const RunResult check = run({"check", "repo/store.pipe", "-o", "repo/out"}, compile.files);
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_EQ(check.err.find("warning"), std::string::npos) << check.err;
}

// A source may be away only here: out of a sparse checkout, or in another repository.
TEST(Compile, KeepsFilesOfASourceThatIsAway) {
  Files files = shop_files();
  files.erase("repo/shop.pipe");
  files["repo/store.pipe"] = shop("store", on_github);
  const RunResult compile = run({"compile", "repo/store.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(compile.exit_code, 0) << compile.err;
  EXPECT_TRUE(compile.files.contains(old_workflow));
  EXPECT_TRUE(compile.files.contains(new_workflow));
  const RunResult check = run({"check", "repo/store.pipe", "-o", "repo/out"}, compile.files);
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_NE(check.err.find(std::string(old_workflow) + " is of `shop.pipe`, which is not here"),
            std::string::npos)
      << check.err;
}

TEST(Compile, KeepsFilesOfASourceThatIsThere) {
  Files files = shop_files();
  files["repo/store.pipe"] = shop("store", on_github);
  const RunResult compile = run({"compile", "repo/store.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(compile.exit_code, 0) << compile.err;
  EXPECT_TRUE(compile.files.contains(old_workflow));
  EXPECT_TRUE(compile.files.contains(new_workflow));
}

TEST(Compile, RemovesWhatATargetThatIsLeftOutLeavesBehind) {
  Files files = shop_files();
  files["repo/shop.pipe"] = shop("shop", "");
  EXPECT_EQ(run({"check", "repo/shop.pipe", "-o", "repo/out"}, files).exit_code, 1);
  const RunResult compile = run({"compile", "repo/shop.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(compile.exit_code, 0) << compile.err;
  EXPECT_FALSE(compile.files.contains(old_workflow));
}

TEST(Compile, KeepsWhatWasEditedAndGoesOnTellingIt) {
  Files files = shop_files();
  files[old_workflow] += "# by hand\n";
  files["repo/shop.pipe"] = shop("store", on_github);
  const RunResult kept = run({"compile", "repo/shop.pipe", "-o", "repo/out"}, files);
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_NE(kept.err.find("edited since: `.github/workflows/pipec-shop.yml`"), std::string::npos) << kept.err;
  EXPECT_EQ(kept.files.at(old_workflow), files.at(old_workflow));
  const RunResult check = run({"check", "repo/shop.pipe", "-o", "repo/out"}, kept.files);
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_NE(check.err.find("--force"), std::string::npos) << check.err;
  const RunResult forced = run({"compile", "repo/shop.pipe", "-o", "repo/out", "--force"}, kept.files);
  EXPECT_EQ(forced.exit_code, 0) << forced.err;
  EXPECT_FALSE(forced.files.contains(old_workflow));
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
