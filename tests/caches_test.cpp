// What `cache` becomes on each target: who may fill a cache, and who finds it.
#include "backends/common/refine.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr const char* text = R"(
pipeline p: small {
  source app { repository = github("acme/app") }
  target codepipeline { account = "444444444444"  region = eu-west-1 }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build {
    action make: compile { run = "make"  typical = 1s  outputs = { bin = files("out") } }
    gate scan: check { run = "scan"  typical = 1s  inputs = [bin]  final = true }
    gate unit: check {
      run     = "unit"
      typical = 1s
      inputs  = [bin]
      cache   = [paths(["~/.cache/x", "~/node_modules"], key = ["go.sum", "a/b.lock"]), paths("~/y", key = "z")]
    }
  }
  stage ship in prod {
    approval release
    deploy service: deliver { run = "./deploy.sh"  inputs = [bin]  rollback = on_failure  typical = 1s }
  }
  route review { pull_requests = "main"  stages = [build] }
  route nightly { schedule = "0 3 * * *"  stages = [build] }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("INC-[0-9]+")
    budget   = typical(1h)
    override unit because "less" { timeout = 1m }
    backfill = { into = ["main"]  within = 24h }
  }
}
)";

class Caches : public testing::Test {
 protected:
  void SetUp() override {
    program_ = compile(source_file("tests/support/shared/small.pipe") + text);
    ASSERT_EQ(program_.pipelines.size(), 1u);
  }
  const ir::Pipeline& pipeline() const { return program_.pipelines.front(); }

  backends::OutputSet emitted(const std::string& target) const {
    return backends::find_backend(target)->emit(pipeline(), {});
  }

  std::string file(const std::string& target, const std::string& end) const {
    for (const backends::OutputFile& file : emitted(target)) {
      if (file.path.ends_with(end)) return file.text;
    }
    ADD_FAILURE() << end;
    return "";
  }

  // Defects of the output when a text of it has become another one.
  std::vector<std::string> defects(const std::string& target, const std::string& from,
                                   const std::string& to) const {
    backends::OutputSet output = emitted(target);
    for (backends::OutputFile& file : output) {
      for (size_t at = file.text.find(from); at != std::string::npos;
           at = file.text.find(from, at + to.size()))
        file.text.replace(at, from.size(), to);
    }
    const auto& backend = *backends::find_backend(target);
    return backends::refine(pipeline(), target, {}, backend.read_back(output)).defects;
  }

  ir::Program program_;
};

bool has(const std::string& file, const std::string& part) { return file.find(part) != std::string::npos; }

TEST_F(Caches, OnGithubWhatLeadsToProductionHasKeysOfItsOwn) {
  const std::string trunk = file("github", "pipec-p-trunk.yml");
  EXPECT_TRUE(has(trunk, "actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9"));
  EXPECT_TRUE(has(trunk,
                  "pipec-p-production-build-unit-0-${{ runner.os }}-${{ runner.arch }}-${{ "
                  "hashFiles('go.sum', 'a/b.lock') }}"));
  EXPECT_FALSE(has(trunk, "pipec-p-other-"));
  EXPECT_FALSE(has(trunk, "restore-keys"));
  for (const char* route : {"pipec-p-review.yml", "pipec-p-nightly.yml", "pipec-p-backfill.yml"}) {
    const std::string other = file("github", route);
    if (!has(other, "build.unit")) continue;
    EXPECT_TRUE(has(other, " key: \"pipec-p-other-build-unit-0-")) << route;
    EXPECT_TRUE(has(other, "restore-keys: \"pipec-p-production-build-unit-0-")) << route;
    EXPECT_FALSE(has(other, " key: \"pipec-p-production")) << route;
  }
}

TEST_F(Caches, AHotfixReadsThoseOfTheTrunkAndStoresNone) {
  const std::string hotfix = file("github", "pipec-p-hotfix.yml");
  EXPECT_TRUE(has(hotfix, "actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9"));
  EXPECT_TRUE(has(hotfix, " key: \"pipec-p-production-build-unit-0-"));
  EXPECT_FALSE(has(hotfix, "actions/cache@"));
}

TEST_F(Caches, OnCodePipelineOnlyReviewedCodeSharesOne) {
  const std::string templates = file("codepipeline", "/pipelines.yaml");
  size_t projects = 0;
  for (size_t at = templates.find("Location: "); at != std::string::npos;
       at = templates.find("Location: ", at + 1)) {
    const std::string line = templates.substr(at, templates.find('\n', at) - at);
    if (!has(line, "/cache/")) continue;
    ++projects;
    EXPECT_TRUE(has(line, "trunk") || has(line, "nightly")) << line;
  }
  EXPECT_EQ(projects, 2u);
  EXPECT_TRUE(has(templates, "build.unit-$(codebuild-hash-files go.sum a/b.lock z)"));
  EXPECT_TRUE(has(templates, "/root/.cache/x/**/*"));
}

TEST_F(Caches, LocallyNothingIsEmitted) { EXPECT_FALSE(has(file("local", ".plan.yaml"), "node_modules")); }

TEST_F(Caches, AnotherCacheThanAskedForIsADefect) {
  for (const std::string target : {"github", "codepipeline"}) {
    EXPECT_TRUE(defects(target, "node_modules", "node_modules").empty());
    ASSERT_FALSE(defects(target, "node_modules", "bin").empty()) << target;
    EXPECT_TRUE(has(defects(target, "node_modules", "bin").front(), "finds the cache `~/bin`")) << target;
  }
}

}  // namespace
}  // namespace pipec::test
