// Read back finds the graph again that was asked for, and every planted bug of a backend.
#include "backends/common/refine.h"
#include "tests/support/program.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* trunk = ".github/workflows/pipec-checkout-service-trunk.yml";
constexpr const char* hotfix = ".github/workflows/pipec-checkout-service-hotfix.yml";
constexpr const char* caller = ".github/workflows/pipec-checkout-service.yml";
constexpr const char* settings = ".github/pipec/checkout-service/settings.json";

class GithubRefinement : public testing::Test {
 protected:
  explicit GithubRefinement(std::string source = "samples/checkout/checkout.pipe")
      : source_(std::move(source)) {}

  void SetUp() override {
    program_ = compile(source_file(source_), {"github"});
    ASSERT_EQ(program_.pipelines.size(), 1u);
    output_ = backends::find_backend("github")->emit(program_.pipelines.front(), {});
  }

  backends::Refinement refinement() const {
    const backends::FoundPipeline found = backends::find_backend("github")->read_back(output_);
    return backends::refine(program_.pipelines.front(), "github", {}, found);
  }
  Texts defects() const { return refinement().defects; }

  // Puts a text in the place of another one, behind a mark that comes before it.
  void plant(const std::string& path, const std::string& mark, const std::string& text,
             const std::string& replacement) {
    const auto file =
        std::find_if(output_.begin(), output_.end(), [&](const auto& f) { return f.path == path; });
    ASSERT_NE(file, output_.end()) << path;
    const size_t start = file->text.find(mark);
    ASSERT_NE(start, std::string::npos) << mark;
    const size_t place = file->text.find(text, start);
    ASSERT_NE(place, std::string::npos) << text;
    file->text.replace(place, text.size(), replacement);
  }

  std::string source_;
  ir::Program program_;
  backends::OutputSet output_;
};

bool contains(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

TEST_F(GithubRefinement, TheSampleRefines) {
  EXPECT_EQ(defects(), Texts{});
  // What one job of the hotfix runs one after the other was asked for at the same time.
  const auto extra = refinement().extra;
  ASSERT_EQ(extra.size(), 1u);
  EXPECT_EQ(extra.front().route + ": " + extra.front().before + " " + extra.front().after,
            "hotfix: build.unit build.secrets");
}

TEST_F(GithubRefinement, FindsALostOrder) {
  plant(trunk, "\n  build-image:", "      - build-sast\n", "");
  const Texts found = defects();
  EXPECT_TRUE(contains(found, "route `trunk`: `build.image` does not wait for `build.sast`"));
  EXPECT_TRUE(contains(found, "route `trunk`: `prod.service` does not wait for `build.sast`"));
}

TEST_F(GithubRefinement, FindsALostOrderThroughAJobOfPipec) {
  plant(hotfix, "\n  prod-service:", "      - sign-signature\n", "");
  plant(hotfix, "\n  make-way:", "      - sign-signature\n", "");
  EXPECT_TRUE(contains(defects(), "route `hotfix`: `prod.service` does not wait for `sign.verified`"));
}

TEST_F(GithubRefinement, FindsAnInventedOrder) {
  plant(trunk, "\n  build-lint:", "      - build-compile\n", "      - build-compile\n      - build-unit\n");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `build.lint` waits for `build.unit`, which nobody asked for"});
}

TEST_F(GithubRefinement, FindsALostGate) {
  plant(trunk, "\n  build-sast:", "- name: build.sast", "- name: \"Look at the code\"");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `build.sast` is missing"});
}

TEST_F(GithubRefinement, FindsAGateThatDoesNotStopWhatFollows) {
  plant(trunk, "\n  build-image:", "    if: \"needs.preflight", "    if: \"always() && needs.preflight");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `build.image` does not wait for `build.sast`"));
}

TEST_F(GithubRefinement, FindsAGateThatNoLongerBlocks) {
  plant(trunk, "- name: build.lint", "id: build-lint\n", "id: build-lint\n        continue-on-error: true\n");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `build.lint` does not stop the pipeline"});
}

TEST_F(GithubRefinement, FindsASwappedScript) {
  plant(trunk, "- name: build.lint", "golangci-lint run ./...", "true");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `build.lint` does something else than it should"});
}

TEST_F(GithubRefinement, FindsAnotherWave) {
  plant(trunk, "- name: \"prod.service, wave 2 of 2\"", "ecs_service deploy", "change_set deploy");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `prod.service` does something else than it should"});
}

TEST_F(GithubRefinement, FindsALoosenedThreshold) {
  plant(trunk, "- name: build.scan", "CRITICAL,HIGH", "CRITICAL");
  EXPECT_EQ(defects(),
            Texts{"route `trunk`: `build.scan` does not get `CRITICAL,HIGH` as its variable `SEVERITIES`"});
}

TEST_F(GithubRefinement, FindsAnotherImage) {
  plant(trunk, "- name: build.scan", "outputs.image-uri", "outputs.base-uri");
  EXPECT_EQ(defects(),
            Texts{"route `trunk`: `build.scan` does not get `@image.uri` as its variable `IMAGE`"});
}

TEST_F(GithubRefinement, FindsAValueThatIsNotThere) {
  plant(trunk, "\n  build-scan:", "      - build-image\n", "");
  EXPECT_EQ(defects(),
            Texts{"route `trunk`: `build.scan` does not get `@image.uri` as its variable `IMAGE`"});
}

TEST_F(GithubRefinement, FindsAnotherLimit) {
  plant(trunk, "- name: build.lint", "180s", "99s");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `build.lint` is limited to 1m39s, not to 3m"});
}

TEST_F(GithubRefinement, FindsASwappedApproval) {
  plant(trunk, "\n  prod-window:", "name: prod\n", "name: beta\n");
  EXPECT_EQ(defects(), Texts{"route `trunk`: `prod.release` is not emitted as an approval"});
}

TEST_F(GithubRefinement, FindsAnApprovalThatNobodyIsAskedFor) {
  plant(settings, "\"name\": \"prod\"", "\"Team:payments-oncall\"", "");
  EXPECT_EQ(defects(), (Texts{"route `trunk`: `prod.release` is not emitted as an approval",
                              "route `hotfix`: `prod.release` is not emitted as an approval"}));
}

TEST_F(GithubRefinement, FindsARouteThatNothingStarts) {
  plant(caller, "\n  review:", "pipec-checkout-service-review.yml", "pipec-checkout-service-trunk.yml");
  EXPECT_EQ(defects(), Texts{"route `review` is missing"});
}

class GithubAlways : public GithubRefinement {
 protected:
  GithubAlways() : GithubRefinement("tests/support/shared/always.pipe") {}
  static constexpr const char* trunk = ".github/workflows/pipec-clean-trunk.yml";
};

TEST_F(GithubAlways, IsFoundAgain) { EXPECT_EQ(defects(), Texts{}); }

TEST_F(GithubAlways, IsMissedWithoutItsCondition) {
  plant(trunk, "\n  try-teardown:", "always() && ", "");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `try.teardown` does not run after a failure"));
}

TEST_F(GithubAlways, IsMissedWhenItRunsThoughNothingHasBegun) {
  plant(trunk, "\n  try-teardown:", " && needs.try-up.outputs.begun == 'true'", "");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `try.teardown` does not run after a failure"));
}

TEST_F(GithubAlways, IsMissedWhenTheStageCanBeginWithoutIt) {
  plant(trunk, "\n  build-tidy:",
        "(needs.build-make.outputs.begun == 'true' || needs.build-lint.outputs.begun == 'true')",
        "(needs.build-make.outputs.begun == 'true')");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `build.tidy` does not run after a failure"));
}

TEST_F(GithubAlways, IsMissedWhenNobodySaysThatTheStageHasBegun) {
  plant(trunk, "\n  try-up:", "begun: \"${{ steps.begun.outputs.begun }}\"", "begun: \"false\"");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `try.teardown` does not run after a failure"));
}

TEST_F(GithubAlways, IsMissedWhenItDoesNotKnowTheJobThatBegins) {
  plant(trunk, "\n  try-gone:", "      - try-up\n", "");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `try.gone` does not run after a failure"));
}

TEST_F(GithubAlways, IsFoundWhereNobodyAskedForIt) {
  plant(trunk, "\n  try-smoke:", "    if: \"",
        "    if: \"always() && needs.try-up.outputs.begun == 'true'\"\n    old: \"");
  EXPECT_TRUE(contains(defects(), "route `trunk`: `try.smoke` runs after a failure although it should not"));
}

}  // namespace
}  // namespace pipec::test
