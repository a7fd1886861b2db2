// What `matrix` and `per_region` become: the elements of the IR, what each target makes of them, and planted
// bugs of backends.
#include "tests/support/planted.h"
#include "tests/support/program.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* text = R"(
pipeline p: small {
  source app { repository = github("acme/app") }
  target codepipeline { account = "444444444444"  region = eu-west-1 }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment beta { account = "111111111111"  regions = [eu-west-1, us-east-1] }
  stage build {
    action prepare: compile { run = "prepare" }
    action make: compile {
      run     = "make"
      matrix  = { GO = ["1.25", "1.26"] }
      outputs = { bin = files("out/**") }
      env     = { OUT = outputs.bin.path }
    }
    gate unit: check { run = "unit"  inputs = [bin]  env = { DIR = bin.path }  working_directory = "tests" }
    gate slow: check { run = "slow"  matrix = { N = [1, 2, 3, 4, 5] }  max_parallel = 2  after = [unit] }
  }
  stage test in beta { gate smoke: check { run = "smoke"  per_region = true } }
}
)";

class Cells : public PlantedBugs {
 protected:
  Cells() : PlantedBugs(text) {}

  const ir::Stage& stage(size_t index) const { return pipeline().trunk().stages[index]; }
  const ir::Element& element(std::string_view id) const {
    for (const ir::Stage& stage : pipeline().trunk().stages) {
      for (const ir::Element& element : stage.elements) {
        if (element.id == id) return element;
      }
    }
    ADD_FAILURE() << id;
    return stage(0).elements.front();
  }
  Texts before(std::string_view id) const {
    Texts ids;
    for (const ir::Stage& stage : pipeline().trunk().stages) {
      for (size_t i = 0; i < stage.elements.size(); ++i) {
        if (stage.elements[i].id != id) continue;
        for (const size_t earlier : stage.before[i])
          ids.push_back(stage.elements[earlier].name);
      }
    }
    return ids;
  }
  std::string variable(const ir::Element& element, std::string_view name) const {
    return std::string(ir::find(element.work.at("local").environment, name)->text());
  }
};

TEST_F(Cells, AreElementsSideBySide) {
  EXPECT_EQ(before("build.make@1_25"), Texts{"prepare"});
  EXPECT_EQ(before("build.make@1_26"), Texts{"prepare"});
  EXPECT_EQ(before("build.unit"), (Texts{"make@1_25", "make@1_26"}));
  EXPECT_EQ(element("build.make@1_26").cell, "1_26");
  EXPECT_EQ(variable(element("build.make@1_26"), "GO"), "1.26");
  EXPECT_EQ(stage(0).elements.size(), 1u + 2 + 1 + 5);
}

TEST_F(Cells, WaitForEachOtherWhenTheyAreTooMany) {
  EXPECT_EQ(before("build.slow@1"), Texts{"unit"});
  EXPECT_EQ(before("build.slow@3"), (Texts{"unit", "slow@1"}));
  EXPECT_EQ(before("build.slow@5"), (Texts{"unit", "slow@3"}));
}

TEST_F(Cells, MakeACollection) {
  const ir::Element& unit = element("build.unit");
  ASSERT_EQ(unit.consumes.size(), 2u);
  const ir::Artifact& part = pipeline().artifacts[unit.consumes[1]];
  EXPECT_EQ(part.name, "bin@1_26");
  EXPECT_EQ(part.folder, "bin/1_26");
  EXPECT_EQ(part.maker, "build.make@1_26");
  EXPECT_EQ(variable(unit, "DIR"), "../bin");
  EXPECT_EQ(variable(element("build.make@1_26"), "OUT"), "out/**");
}

TEST_F(Cells, RunInEachRegion) {
  ASSERT_EQ(stage(1).elements.size(), 2u);
  EXPECT_EQ(element("test.smoke@us-east-1").region, "us-east-1");
  EXPECT_EQ(variable(element("test.smoke@us-east-1"), "AWS_REGION"), "us-east-1");
}

TEST_F(Cells, AreReadBackFromEveryTarget) {
  for (const std::string target : {"codepipeline", "github", "local"})
    EXPECT_EQ(defects(target), Texts{}) << target;
}

TEST_F(Cells, WithAnotherValueAreFound) {
  const Texts wanted{"route `trunk`: `build.make@1_26` does not get `1.26` as its variable `GO`"};
  EXPECT_EQ(defects("codepipeline", "Value: \"1.26\"", "Value: \"1.25\""), wanted);
  EXPECT_EQ(defects("github", "GO: \"1.26\"", "GO: \"1.25\""), wanted);
  EXPECT_EQ(defects("local", "GO: \"1.26\"", "GO: \"1.25\""), wanted);
}

TEST_F(Cells, InAnotherRegionAreFound) {
  const Texts wanted{
      "route `trunk`: `test.smoke@us-east-1` does not get `us-east-1` as its variable `AWS_REGION`"};
  EXPECT_EQ(defects("codepipeline", "Value: us-east-1", "Value: eu-west-1"), wanted);
  EXPECT_EQ(defects("github", "AWS_REGION: us-east-1", "AWS_REGION: eu-west-1"), wanted);
  EXPECT_EQ(defects("local", "AWS_REGION: us-east-1", "AWS_REGION: eu-west-1"), wanted);
}

TEST_F(Cells, ThatWriteOverEachOtherAreFound) {
  const Texts wanted{"route `trunk`: `build.unit` does not find `bin@1_26` in `bin/1_26`"};
  for (const std::string target : {"codepipeline", "github", "local"})
    EXPECT_EQ(defects(target, "bin/1_26", "bin/1_25"), wanted) << target;
}

TEST_F(Cells, ThatShareACheckoutAreFound) {
  const Texts found = defects("local", "            isolated: true\n", "");
  EXPECT_EQ(found.size(), 2u + 5 + 2);
  EXPECT_EQ(found.front(), "route `trunk`: `build.make@1_25` shares its checkout with others");
}

TEST_F(Cells, BeyondTheLimitAreFound) {
  const Texts found = defects("github", "      - build-slow-3\n", "");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), "route `trunk`: `build.slow@5` does not wait for `build.slow@1`");
}

// The hotfix would run neighbours on one machine; cells have the same files.
TEST_F(Cells, AreNotFused) {
  const ir::Program program = compile(small_words() + R"(
pipeline p: small {
  source app { repository = github("acme/app") }
  target codepipeline { account = "444444444444"  region = eu-west-1 }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build {
    action make: compile { run = "make"  typical = 1s  outputs = { bin = files("out") } }
    gate unit: check { run = "unit"  typical = 1s  matrix = { GO = ["1.25", "1.26"] } }
    gate lint: check { run = "lint"  typical = 1s }
    gate more: check { run = "more"  typical = 1s }
  }
  stage ship in prod {
    approval release
    deploy service: deliver { run = "./deploy.sh"  inputs = [bin]  rollback = on_failure  typical = 1s }
  }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("INC-[0-9]+")
    budget   = typical(1h)
    backfill = { into = ["main"]  within = 24h }
  }
}
)");
  for (const std::string target : {"codepipeline", "github"}) {
    const ir::Route& route = *program.pipelines.front().find_route(ir::RouteKind::hotfix);
    Texts sizes;
    for (const ir::Unit& unit : route.schedules.at(target).front().units)
      sizes.push_back(std::to_string(unit.elements.size()));
    std::sort(sizes.begin(), sizes.end());
    EXPECT_EQ(sizes, (Texts{"1", "1", "1", "2"})) << target;
  }
}

}  // namespace
}  // namespace pipec::test
