// What services become on each target, and planted bugs of backends.
#include "tests/support/planted.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* text = R"(
let image: string = "postgres@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
pipeline p: small {
  source app { repository = github("acme/app") }
  target codepipeline { account = "444444444444"  region = eu-west-1 }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build {
    action make: compile { run = "make"  typical = 1s  outputs = { bin = files("out") } }
    gate lint: check { run = "lint"  typical = 1s }
    gate unit: check {
      run      = "unit"
      typical  = 1s
      services = { db = service(image, port = 5432, env = { A = "a" }, secrets = { P = secret("PASSWORD") })  my-queue = service(image, port = 5672) }
      on local { services = { unset my-queue } }
    }
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
)";

class Services : public PlantedBugs {
 protected:
  Services() : PlantedBugs(text) {}

  const ir::Work& work(const std::string& target) const {
    return pipeline().trunk().stages.front().elements[2].work.at(target);
  }
};

TEST_F(Services, KnowTheirVariables) {
  const ir::Service& queue = work("github").services[1];
  EXPECT_EQ(queue.name, "my-queue");
  EXPECT_EQ(queue.prefix, "MY_QUEUE");
  EXPECT_EQ(queue.port, 5672);
}

TEST_F(Services, MayDifferOnOneTarget) {
  EXPECT_EQ(work("local").services.size(), 1u);
  EXPECT_EQ(work("codepipeline").services.size(), 2u);
}

TEST_F(Services, AreReadBackFromEveryTarget) {
  for (const std::string target : {"codepipeline", "github", "local"})
    EXPECT_EQ(defects(target), Texts{}) << target;
}

TEST_F(Services, ThatDifferAreFound) {
  const std::string wanted = "route `trunk`: `build.unit` has other services beside it than it should";
  const auto first = [](const Texts& found) { return found.empty() ? "" : found.front(); };
  EXPECT_EQ(first(defects("github", "- \"5432\"", "- \"5433\"")), wanted);
  EXPECT_EQ(first(defects("local", "port: 5432", "port: 5433")), wanted);
  EXPECT_EQ(first(defects("codepipeline", "start_service my-queue", "echo my-queue")), wanted);
}

// Their containers belong to the whole job.
TEST_F(Services, KeepTheirElementAlone) {
  const ir::Route& route = *pipeline().find_route(ir::RouteKind::hotfix);
  for (const std::string target : {"codepipeline", "github"}) {
    const auto& units = route.schedules.at(target).front().units;
    ASSERT_EQ(units.size(), 2u) << target;
    EXPECT_EQ(units[0].elements.size() + units[1].elements.size(), 3u);
    EXPECT_EQ(units.back().elements.size(), 1u);
  }
}

TEST_F(Services, SecretsReachOnlyTheirContainer) {
  const auto files = emit(program_, "github");
  const std::string& workflow = files.at(".github/workflows/pipec-p-trunk.yml");
  const std::string wanted = "          P: \"${{ secrets.PASSWORD }}\"\n";
  const size_t at = workflow.find(wanted);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(workflow.find("secrets.PASSWORD", at + wanted.size()), std::string::npos);
}

}  // namespace
}  // namespace pipec::test
