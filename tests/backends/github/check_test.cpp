// What GitHub cannot express is an error at the place that asks for it.
#include "compiler/support/text.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

// The parts of a pipeline that is right as it is.
struct Parts {
  std::string imports;
  std::string group = R"(github = team("acme/people"))";
  std::string target =
      R"(target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 })";
  std::string sources = R"(source app { repository = github("acme/app") })";
  std::string environment =
      R"(environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = people })";
  std::string build = R"(action a: work { run = "true" })";
  std::string prod = R"(approval go: ask
    deploy it: bring { run = "./bring.sh"  inputs = [pack] })";
  std::string in = " in prod";
  std::string more;
};

constexpr const char* made = R"(action make: work { run = "true"  outputs = { pack = files("out/**") } })";

// The findings of the target, one on a line.
std::string findings(const Parts& parts) {
  const std::string text = "pipe 1\n" + parts.imports + R"(
capability work: action { title = "Work"  timeout = 1m }
capability check: gate { title = "Check"  timeout = 1m }
capability bring: deploy { title = "Bring"  timeout = 1m }
capability ask: approval { title = "Ask" }
profile small {
  title = "Small"  origin = "test"
  stage build { title = "Build" }
  stage prod { title = "Prod"  production = true }
}
group people { minimum = 2  )" +
                           parts.group + " }\npipeline p: small {\n  " + parts.target + "\n  " +
                           parts.sources + "\n  " + parts.environment + "\n  stage build {\n    " + made +
                           "\n    " + parts.build + "\n  }\n  stage prod" + parts.in + " {\n    " +
                           parts.prod + "\n  }\n  " + parts.more + "\n}\n";
  const RunResult result = run({"lint", "test.pipe", "--target", "github"}, {{"test.pipe", text}});
  std::string found;
  for (const std::string_view line : split_lines(result.err)) {
    const size_t code = line.find("[P");
    // What a part leaves unused is not what is asked here.
    if (code != std::string_view::npos && !line.substr(code).starts_with("[P0360]"))
      found += std::string(line.substr(code)) + "\n";
  }
  return found;
}

TEST(GithubCheck, AcceptsWhatItCanExpress) { EXPECT_EQ(findings({}), ""); }

TEST(GithubCheck, RefusesASecondSource) {
  EXPECT_EQ(
      findings(
          {.sources =
               R"(source app { repository = github("acme/app") }  source infra { repository = github("acme/infra") })"}),
      "[P0650]: a workflow runs in one repository, and `infra` is a second source\n");
}

TEST(GithubCheck, RefusesReviewersThatThePlanDoesNotHave) {
  EXPECT_EQ(
      findings(
          {.target =
               R"(target github { plan = team  visibility = private  account = "444444444444"  region = eu-west-1 })"}),
      "[P0651]: nobody could be asked for `prod.go`: private repositories have required reviewers in the "
      "plan `enterprise` only\n");
  EXPECT_EQ(
      findings(
          {.target =
               R"(target github { plan = free  visibility = public  account = "444444444444"  region = eu-west-1 })"}),
      "");
}

TEST(GithubCheck, RefusesATeamOfAnotherOrganisation) {
  EXPECT_EQ(findings({.group = R"(github = team("other/people"))"}),
            "[P0652]: the team `other/people` is not one of `acme`, so it cannot review\n");
}

TEST(GithubCheck, RefusesExpressionsInCommands) {
  EXPECT_EQ(findings({.build = R"(action a: work { run = 'echo ${{ github.head_ref }}' })"}),
            "[P0653]: `build.a` holds `${{`, which GitHub would replace before the shell reads it\n");
}

TEST(GithubCheck, RefusesNamesThatNoSecretHas) {
  EXPECT_EQ(findings({.build = R"(action a: work { run = "true"  secrets = { A = secret("db/token") } })"}),
            "[P0654]: a secret of GitHub cannot be called `db/token`\n");
}

TEST(GithubCheck, RefusesVariablesOfTheRunner) {
  EXPECT_EQ(findings({.build = R"(action a: work { run = "true"  env = { GITHUB_SHA = "x" } })"}),
            "[P0655]: the variable `GITHUB_SHA` belongs to the runner or to pipec's scripts\n");
}

TEST(GithubCheck, RefusesVariablesOfADeployment) {
  EXPECT_EQ(findings({.build = R"(action a: work { run = "true"  env = { UNDO = "x" } })"}), "");
  EXPECT_EQ(findings({.prod = R"(approval go: ask
    deploy it: bring { run = "./bring.sh"  inputs = [pack]  env = { UNDO = "x" } })"}),
            "[P0655]: the variable `UNDO` belongs to the runner or to pipec's scripts\n");
}

TEST(GithubCheck, RefusesRoutesThatAreCalledLikeItsOwnWorkflows) {
  EXPECT_EQ(findings({.more = R"(route monitor { manual = true  stages = [build] })"}),
            "[P0656]: a route of GitHub cannot be called `monitor`\n");
}

TEST(GithubCheck, RefusesPatternsThatNoConditionCanCompare) {
  EXPECT_EQ(findings({.more = R"(route nightly { branches = "release/*-rc"  stages = [build] })"}),
            "[P0657]: GitHub cannot tell by `release/*-rc` which route was started: only `*` at its end can "
            "be used\n");
  EXPECT_EQ(findings({.more = R"(route nightly { branches = "release/**"  stages = [build] })"}), "");
}

TEST(GithubCheck, RefusesPathsOfOneRouteOnly) {
  EXPECT_EQ(findings({.more = R"(route docs { branches = "docs"  paths = "docs/**"  stages = [build] })"}),
            "[P0658]: the routes `docs` and `trunk` are started by other files\n");
}

TEST(GithubCheck, RefusesPathsOfPullRequests) {
  EXPECT_EQ(
      findings({.more = R"(route review { pull_requests = "main"  paths = "src/**"  stages = [build] })"}),
      "[P0659]: the route `review` would not report the check that pull requests need\n");
}

TEST(GithubCheck, NeedsAnEnvironmentForRights) {
  EXPECT_EQ(
      findings({.build = R"(gate a: check { run = "look"  access = [allow("s3:GetObject", "s3:x")] })"}),
      "[P0660]: `build.a` needs an environment, and its stage has none\n");
}

TEST(GithubCheck, NeedsAnAccountForRights) {
  const std::string without =
      "[P0605]: the environment `prod` has no `account`, so `prod.it` has no rights there on GitHub "
      "Actions\n";
  EXPECT_EQ(findings({.environment = R"(environment prod { approvers = people })"}), without);
  EXPECT_EQ(findings({.environment = R"(environment prod { approvers = people })", .prod = R"(approval go: ask
    deploy it: bring { run = "./bring.sh"  inputs = [pack]  access = [allow("s3:PutObject", "s3:x")] })"}),
            without + "[P0661]: `prod.it` changes or reads `prod`, which has no account or no region\n");
}

TEST(GithubCheck, NeedsARegistryForImages) {
  EXPECT_EQ(
      findings(
          {.target = "",
           .environment = R"(environment prod { account = "222222222222"  regions = [eu-west-1] })",
           .build = R"(action a: work { run = "true"  outputs = { image = container(ecr("app")) } })",
           .prod =
               R"(deploy it: bring { run = "./bring.sh"  inputs = [pack]  env = { IMAGE = image.uri } })"}),
      "[P0662]: there is no registry for `image`\n");
}

TEST(GithubCheck, RefusesASecondJobOfProduction) {
  EXPECT_EQ(findings({.prod = R"(approval go: ask
    deploy it: bring { run = "./bring.sh"  inputs = [pack] }
  }
  stage again: prod in prod {
    deploy other: bring { run = "./bring.sh"  inputs = [pack] })"}),
            "[P0663]: `prod.it` and `again.other` would be two jobs that name `prod`\n");
}

// Whatever changes production first is behind guards, claim, record and the role.
TEST(GithubCheck, AnActionOfProductionIsBehindTheClaim) {
  for (const bool deploys : {true, false}) {
    std::string text = source_file("tests/support/shared/small.pipe") + R"(
pipeline p: small {
  source app { repository = github("acme/app") }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build { action make: compile { run = "make"  typical = 1s  outputs = { bin = files("out") } } }
  stage ship in prod {
    approval release
    action migrate: compile { run = "migrate"  typical = 1s  inputs = [bin]  access = allow("s3:PutObject", "s3:x/*") }
)";
    if (deploys) {
      text += R"(
    deploy it: deliver { run = "x"  typical = 1s  inputs = [bin]  rollback = on_failure }
)";
    }
    text += R"(
  }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("INC-[0-9]+")
    budget   = typical(1h)
    backfill = { into = ["main"]  within = 24h }
  }
}
)";
    const ir::Program program = compile(text, {"github"});
    ASSERT_EQ(program.pipelines.size(), 1u);
    for (const auto& file : backends::find_backend("github")->emit(program.pipelines.front(), {})) {
      if (!file.path.ends_with("pipec-p-hotfix.yml")) continue;
      size_t before = 0;
      for (const char* step : {R"(name: "Check the guards again")", R"(name: "Claim the branch")",
                               R"(name: "Record that it begins")", R"(name: "Take the role)",
                               "name: ship.migrate", R"(name: "Record how it ended")"}) {
        const size_t at = file.text.find(step, before);
        ASSERT_NE(at, std::string::npos) << step << "\n" << file.text;
        before = at;
      }
    }
  }
}

TEST(GithubCheck, RefusesApprovalsThatAreNotDirectlyBeforeTheDeployment) {
  EXPECT_EQ(findings({.prod = R"(approval go: ask
    gate look: check { run = "look" }
    deploy it: bring { run = "./bring.sh"  inputs = [pack] })"}),
            "[P0664]: `prod.go` is not asked directly before the deployment\n");
}

TEST(GithubCheck, RefusesChannelsThatItCannotSendTo) {
  EXPECT_EQ(findings({.more = R"(notify { to = email("team@example.com") })"}),
            "[P0665]: GitHub cannot send to `email`; it can to `slack`\n");
}

TEST(GithubCheck, RefusesFurtherTriesOfADeployment) {
  EXPECT_EQ(findings({.prod = R"(approval go: ask
    deploy it: bring { run = "./bring.sh"  inputs = [pack]  retries = 1 })"}),
            "[P0666]: the deployment `prod.it` cannot be tried again\n");
}

TEST(GithubCheck, NeedsWhatCodeDeployMovesTheTrafficBetween) {
  EXPECT_EQ(
      findings({.imports = "import providers { ecs }",
                .build = R"(action a: work { run = "true"  outputs = { image = container(ecr("app")) } })",
                .prod = R"(approval go: ask
    deploy it: ecs { image = image  cluster = "c"  service = "s"  controller = code_deploy  strategy = all_at_once  timeout = 5m  inputs = [pack] })"}),
      "[P0667]: CodeDeploy needs for `prod.it` the names of two target groups and a listener in eu-west-1\n");
}

TEST(GithubCheck, RefusesIntervalsThatCodeDeployCannotCount) {
  const auto found = [](const std::string& strategy) {
    return findings(
        {.imports = "import providers { ecs }",
         .build = R"(action a: work { run = "true"  outputs = { image = container(ecr("app")) } })",
         .prod = R"(approval go: ask
    deploy it: ecs {
      image = image  cluster = "c"  service = "s"  controller = code_deploy  timeout = 5m  inputs = [pack]
      target_groups = ["blue", "green"]  listeners = { eu-west-1 = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:listener/app/l/1/2" }  strategy = )" +
                 strategy + " }"});
  };
  EXPECT_EQ(found("canary(10%, bake = 90s)"),
            "[P0667]: CodeDeploy needs for `prod.it` whole minutes for `bake`\n");
  EXPECT_EQ(found("linear(20%, every = 30s)"),
            "[P0667]: CodeDeploy needs for `prod.it` whole minutes for `every`\n");
  EXPECT_EQ(found("canary(10%, bake = 2m)"), "");
}

TEST(GithubCheck, RefusesEnvironmentsThatAreCalledLikeItsOwn) {
  EXPECT_EQ(
      findings(
          {.environment =
               R"(environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = people }
  environment prod-checks { account = "222222222222"  regions = [eu-west-1] })"}),
      "[P0668]: `prod-checks` is the name of an environment that pipec adds\n");
}

TEST(GithubCheck, WarnsOfJobsThatAHostedRunnerEnds) {
  EXPECT_EQ(findings({.build = R"(action a: work { run = "true"  timeout = 300m  retries = 1 })"}),
            "[P0669]: the job `build.a` may take 610 minutes, and hosted runners end it after 360\n");
}

}  // namespace
}  // namespace pipec::test
