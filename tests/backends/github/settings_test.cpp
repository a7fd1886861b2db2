// settings.json, from the pipeline.
#include "tests/backends/github/platform.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pipec::test {
namespace {

using backends::github::environments_of;
using backends::github::plan;
using backends::github::settings;
using backends::github::settings_files;
using Json = nlohmann::json;

Json settings_of(const Compiled& compiled) {
  return Json::parse(by_path(compiled.context, settings_files(compiled.context)).at("settings.json"));
}

Json named(const Json& list, const std::string& name) {
  for (const Json& item : list) {
    if (item["name"] == name) return item;
  }
  return {};
}

std::set<std::string> names(const Json& list) {
  std::set<std::string> found;
  for (const Json& item : list)
    found.insert(item["name"].get<std::string>());
  return found;
}

Json environment(const std::string& name, const Json& reviewers, bool self_review, const Json& branches) {
  return {{"name", name},
          {"reviewers", reviewers},
          {"prevent_self_review", self_review},
          {"can_admins_bypass", false},
          {"branches", branches},
          {"tags", Json::array()}};
}

class GithubSettings : public testing::Test {
 protected:
  Compiled compiled{checkout_sample()};
  Json json = settings_of(compiled);
};

TEST_F(GithubSettings, ProductionIsApprovedByTheTeamOfTheGroupAndNotByWhoStartedTheRun) {
  const Json branches{"hotfix/*", "hotfix/**/*", "main"};
  EXPECT_EQ(named(json["environments"], "prod"),
            environment("prod", {"Team:payments-oncall"}, true, branches));
  EXPECT_EQ(named(json["environments"], "prod-checks"),
            environment("prod-checks", Json::array(), false, branches));
}

TEST_F(GithubSettings, OverridesStartOnTheTrunkOnlyAndNeedASecondPerson) {
  EXPECT_EQ(named(json["environments"], "prod-override"),
            environment("prod-override", {"Team:payments-oncall"}, true, {"main"}));
}

TEST_F(GithubSettings, EveryEnvironmentThatAJobNamesIsThere) {
  std::set<std::string> wanted{"prod-override"};
  for (const ir::Route* route : compiled.context.routes()) {
    const auto planned = plan(compiled.context, *route);
    for (const auto& job : planned.jobs) {
      if (!job.environment.empty()) wanted.insert(job.environment);
    }
  }
  EXPECT_GT(wanted.size(), 5u);
  EXPECT_EQ(names(json["environments"]), wanted);
}

TEST_F(GithubSettings, ARunChecksTheEnvironmentsThatItNames) {
  const auto planned = plan(compiled.context, *compiled.context.find(ir::RouteKind::hotfix));
  const Json found = Json::parse(environments_of(settings(compiled.context), planned));
  EXPECT_TRUE(names(found).contains("prod"));
  EXPECT_FALSE(names(found).contains("beta"));
  EXPECT_FALSE(names(found).contains("prod-override"));
  EXPECT_EQ(named(found, "prod"), named(json["environments"], "prod"));
}

TEST_F(GithubSettings, TheTrunkNeedsAReviewAndTheOneCheck) {
  const Json trunk = named(json["rulesets"], "pipec checkout-service: trunk");
  EXPECT_EQ(trunk["enforcement"], "active");
  EXPECT_EQ(trunk["bypass_actors"], Json::array());
  EXPECT_EQ(trunk["conditions"]["ref_name"]["include"], Json{"refs/heads/main"});
  ASSERT_EQ(trunk["rules"].size(), 4u);
  EXPECT_EQ(trunk["rules"][0], Json({{"type", "deletion"}}));
  EXPECT_EQ(trunk["rules"][1], Json({{"type", "non_fast_forward"}}));
  EXPECT_EQ(trunk["rules"][2]["parameters"]["required_approving_review_count"], 1);
  EXPECT_EQ(trunk["rules"][2]["parameters"]["require_last_push_approval"], true);
  const Json checks = trunk["rules"][3]["parameters"]["required_status_checks"];
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0]["context"], compiled.context.gate_name());
}

TEST_F(GithubSettings, HotfixBranchesAreMadeByApproversAndNeverRewritten) {
  const Json include{"refs/heads/hotfix/*", "refs/heads/hotfix/**/*"};
  const Json any = named(json["rulesets"], "pipec checkout-service: hotfix");
  EXPECT_EQ(any["conditions"]["ref_name"]["include"], include);
  EXPECT_EQ(any["rules"][0]["type"], "non_fast_forward");
  EXPECT_FALSE(any.contains("bypass_teams"));
  const Json start = named(json["rulesets"], "pipec checkout-service: start of a hotfix");
  EXPECT_EQ(start["conditions"]["ref_name"]["include"], include);
  EXPECT_EQ(start["rules"], Json::array({{{"type", "creation"}}}));
  EXPECT_EQ(start["bypass_teams"], Json{"payments-oncall"});
}

TEST_F(GithubSettings, RecordsOfTheLedgerAreMadeByWorkflowsAndChangedByNobody) {
  const Json include{"refs/tags/pipec/checkout-service/**/*"};
  const Json ledger = named(json["rulesets"], "pipec checkout-service: ledger");
  EXPECT_EQ(ledger["target"], "tag");
  EXPECT_EQ(ledger["conditions"]["ref_name"]["include"], include);
  EXPECT_EQ(ledger["bypass_actors"], Json::array());
  EXPECT_EQ(ledger["rules"].size(), 3u);
  ASSERT_EQ(json["organization_rulesets"].size(), 1u);
  const Json creation = json["organization_rulesets"][0];
  EXPECT_EQ(creation["conditions"]["repository_name"]["include"], Json{"checkout-service"});
  EXPECT_EQ(creation["rules"], Json::array({{{"type", "creation"}}}));
  EXPECT_EQ(creation["bypass_actors"][0]["actor_type"], "Integration");
}

TEST_F(GithubSettings, TheRest) {
  EXPECT_EQ(json["live"], Json{"prod"});
  EXPECT_EQ(json["secrets"], Json{"SLACK_WEBHOOK_URL"});
  EXPECT_EQ(json["visibility"], "private");
  EXPECT_EQ(json["repository"], "acme/checkout-service");
  EXPECT_EQ(json["actions"]["default_workflow_permissions"], "read");
  EXPECT_EQ(json["actions"]["can_approve_pull_request_reviews"], false);
}

TEST(GithubSettingsOf, TagsAndDeepBranchesOfARouteMayNameItsEnvironments) {
  const Compiled compiled(checkout_with("  # A pull request is built", R"(
  route release {
    branches = "release/**"
    tags     = "v*"
    stages   = [build, beta]
  }
  # A pull request is built)"));
  const Json beta = named(settings_of(compiled)["environments"], "beta");
  EXPECT_EQ(beta["branches"], (Json{"hotfix/*", "hotfix/**/*", "main", "release/*", "release/**/*"}));
  EXPECT_EQ(beta["tags"], Json{"v*"});
  EXPECT_EQ(named(settings_of(compiled)["environments"], "prod")["tags"], Json::array());
}

// The environments of a pipeline whose pull requests may deploy to `preview`.
Json with_previews(const std::string& routes, const std::string& skipped) {
  std::string text = source_file("tests/support/shared/always.pipe");
  for (const auto& [before, after] :
       {std::pair<std::string, std::string>{"route review { pull_requests = \"main\"  stages = [build] }",
                                            routes},
        {"skip stage try, stage look because", skipped}}) {
    const size_t place = text.find(before);
    EXPECT_NE(place, std::string::npos) << before;
    text.replace(place, before.size(), after);
  }
  return settings_of(Compiled(text))["environments"];
}

// For a pull request GitHub compares its merge ref, and a merge queue has branches of its own.
TEST(GithubSettingsOf, AnEnvironmentOfPullRequestsOnlyCanBeNamedByThem) {
  const Json environments = with_previews(R"(
  route trunk { stages = [build, look, ship] }
  route review { pull_requests = ["main", "release/**"]  stages = [build, try] })",
                                          "skip stage look because");
  const Json wanted{"gh-readonly-queue/main/*", "gh-readonly-queue/release/**/*/*",
                    "gh-readonly-queue/release/*/*", "refs/pull/*/merge"};
  EXPECT_EQ(named(environments, "preview")["branches"], wanted);
  EXPECT_EQ(named(environments, "preview-checks")["branches"], wanted);
}

TEST(GithubSettingsOf, PullRequestsOpenNothingElse) {
  const Json environments = with_previews(R"(route review { pull_requests = "main"  stages = [build, try] })",
                                          "skip stage try, stage look because");
  EXPECT_EQ(named(environments, "preview")["branches"],
            (Json{"gh-readonly-queue/main/*", "hotfix/*", "hotfix/**/*", "main", "refs/pull/*/merge"}));
  for (const std::string name : {"beta-approval", "prod", "prod-override"}) {
    const Json found = named(environments, name);
    ASSERT_FALSE(found.is_null()) << name;
    for (const Json& pattern : found["branches"])
      EXPECT_TRUE(pattern == "main" || pattern.get<std::string>().starts_with("hotfix/")) << name << pattern;
  }
}

TEST(GithubSettingsOf, WithoutSeparationTheAuthorMayApprove) {
  const Compiled compiled(checkout_with("    separate  = [author, approver]\n", ""));
  EXPECT_EQ(named(settings_of(compiled)["environments"], "prod")["prevent_self_review"], false);
  // An override is given by two people in any case.
  EXPECT_EQ(named(settings_of(compiled)["environments"], "prod-override")["prevent_self_review"], true);
}

TEST(GithubSettingsOf, WithoutProductionThereIsNoLedgerToProtect) {
  const Compiled compiled(R"(pipe 1
capability compile: action { title = "Compile"  timeout = 2m }
profile plain {
  title       = "Plain"
  description = "only compiles"
  origin      = "test"
  stage build { title = "Build" }
}
pipeline demo: plain {
  target github { plan = free  visibility = public  account = "444444444444"  region = eu-west-1 }
  source app { repository = github("acme/demo")  branch = "main" }
  stage build {
    action program: compile { run = "make"  timeout = 1m }
  }
}
)");
  const Json json = settings_of(compiled);
  EXPECT_EQ(json["live"], Json::array());
  EXPECT_EQ(json["organization_rulesets"], Json::array());
  ASSERT_EQ(json["rulesets"].size(), 1u);
  for (const Json& rule : json["rulesets"][0]["rules"])
    EXPECT_NE(rule["type"], "pull_request");
  EXPECT_TRUE(backends::github::aws_templates(compiled.context).empty());
}

TEST(GithubSettingsOf, TheScriptsComeWithThem) {
  const Compiled compiled(checkout_sample());
  size_t executable = 0;
  for (const auto& file : settings_files(compiled.context))
    executable += file.executable ? 1 : 0;
  EXPECT_EQ(executable, 1u);
  const auto files = by_path(compiled.context, settings_files(compiled.context));
  EXPECT_EQ(files.at("setup.sh"), source_file("backends/github/scripts/setup.sh"));
  EXPECT_EQ(files.at("environment.jq"), source_file("backends/github/scripts/environment.jq"));
}

}  // namespace
}  // namespace pipec::test
