// Templates for AWS: that they belong together and to the pipeline, and that no role may do more than it
// needs.
#include "backends/common/yaml.h"
#include "tests/backends/github/platform.h"

#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using backends::github::aws_templates;
using backends::github::Context;
using backends::github::plan;
using backends::github::RoleKind;
using yaml::Node;

// The templates, read from their texts.
std::map<std::string, Node> templates_of(const Compiled& compiled) {
  std::map<std::string, Node> read;
  for (const auto& [path, text] : by_path(compiled.context, aws_templates(compiled.context))) {
    const yaml::ReadDocument document = yaml::read(text);
    EXPECT_TRUE(document.document.has_value()) << document.error;
    read.emplace(path, *document.document);
  }
  return read;
}

struct FoundRole {
  std::string path;
  Node properties;
};

// By name.
std::map<std::string, FoundRole> roles_of(const std::map<std::string, Node>& templates) {
  std::map<std::string, FoundRole> found;
  for (const auto& [path, document] : templates) {
    for (const auto& [id, resource] : document.at({"Resources"}).entries()) {
      if (resource.at({"Type"}).text() != "AWS::IAM::Role") continue;
      const Node& properties = resource.at({"Properties"});
      EXPECT_TRUE(found.emplace(properties.at({"RoleName"}).text(), FoundRole{path, properties}).second);
    }
  }
  return found;
}

std::vector<Node> statements_of(const FoundRole& role) {
  std::vector<Node> statements;
  for (const Node& policy : role.properties.at({"Policies"}).items()) {
    for (const Node& statement : policy.at({"PolicyDocument", "Statement"}).items())
      statements.push_back(statement);
  }
  return statements;
}

std::set<std::string> texts_of(const Node& list) {
  std::set<std::string> texts;
  for (const Node& item : list.items())
    texts.insert(item.text());
  return texts;
}

std::set<std::string> actions_of(const FoundRole& role) {
  std::set<std::string> actions;
  for (const Node& statement : statements_of(role))
    actions.merge(texts_of(statement.at({"Action"})));
  return actions;
}

class GithubTemplates : public testing::Test {
 protected:
  Compiled compiled{checkout_sample()};
  std::map<std::string, Node> templates = templates_of(compiled);
  std::map<std::string, FoundRole> roles = roles_of(templates);

  const FoundRole& role(const std::string& suffix) { return roles.at("pipec-checkout-service-" + suffix); }
};

TEST_F(GithubTemplates, OnePerEnvironmentOnePerRegionOfCodeDeployAndOneOfImages) {
  std::set<std::string> paths;
  for (const auto& [path, document] : templates)
    paths.insert(path);
  EXPECT_EQ(paths, (std::set<std::string>{"aws/beta.yaml", "aws/gamma.yaml", "aws/prod.yaml",
                                          "aws/prod.eu-west-1.yaml", "aws/prod.us-east-1.yaml",
                                          "aws/registry/roles.yaml", "aws/signing.yaml"}));
}

// The element that signs may use one key, and store beside the image; no other element of the pipeline may
// sign.
TEST_F(GithubTemplates, OnlyTheElementThatSignsGetsAtTheKey) {
  EXPECT_EQ(actions_of(role("signing-check")),
            (std::set<std::string>{"kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"}));
  const Node& statement = statements_of(role("signing-check")).front();
  EXPECT_EQ(
      texts_of(statement.at({"Resource"})),
      (std::set<std::string>{"arn:aws:kms:eu-west-1:555555555555:key/3f0a1b2c-4d5e-6f70-8192-a3b4c5d6e7f8"}));
  for (const auto& [name, other] : roles) {
    EXPECT_EQ(actions_of(other).contains("kms:Sign"), name.ends_with("signing-check")) << name;
  }
  std::set<std::string> pushing;
  for (const ir::Route* route : compiled.context.routes()) {
    for (const auto& job : plan(compiled.context, *route).jobs) {
      if (job.takes(RoleKind::push)) pushing.insert(job.id);
    }
  }
  // In the hotfix the image is built in the job of `build.compile`.
  EXPECT_EQ(pushing, (std::set<std::string>{"build-compile", "build-image", "sign-signature"}));
}

TEST_F(GithubTemplates, EveryRoleThatAJobTakesTrustsExactlyThatJob) {
  std::set<std::string> taken;
  const std::string issuer = "token.actions.githubusercontent.com:";
  for (const ir::Route* route : compiled.context.routes()) {
    const auto planned = plan(compiled.context, *route);
    for (const auto& job : planned.jobs) {
      for (const RoleKind kind : job.roles) {
        const bool registry = kind == RoleKind::push || kind == RoleKind::pull;
        const ir::Environment* environment =
            registry ? nullptr : &compiled.context.environment(planned.stage_of(job));
        const std::string name = compiled.context.role_name(kind, environment);
        taken.insert(name);
        ASSERT_TRUE(roles.contains(name)) << name;
        const Node& trust = roles.at(name).properties.at({"AssumeRolePolicyDocument"});
        ASSERT_EQ(trust.at({"Statement"}).items().size(), 1u);
        const Node& equal = trust.at({"Statement"}).items()[0].at({"Condition", "StringEquals"});
        EXPECT_EQ(equal.entries().size(), 4u);
        EXPECT_EQ(equal.at({issuer + "aud"}).text(), "sts.amazonaws.com");
        EXPECT_EQ(equal.at({issuer + "repository_id"}).tag(), "Ref");
        EXPECT_TRUE(
            texts_of(equal.at({issuer + "sub"})).contains("${SubjectPrefix}:environment:" + job.environment))
            << name;
        EXPECT_TRUE(texts_of(equal.at({issuer + "job_workflow_ref"}))
                        .contains("acme/checkout-service/.github/workflows/" +
                                  compiled.context.workflow_file(route->name) + "@refs/heads/main"));
      }
    }
  }
  // Nobody else is trusted, but services that act for a job.
  for (const auto& [name, found] : roles) {
    if (taken.contains(name)) continue;
    const Node& statement = found.properties.at({"AssumeRolePolicyDocument", "Statement"}).items()[0];
    EXPECT_TRUE(statement.at({"Principal", "Service"}).text().ends_with(".amazonaws.com")) << name;
    EXPECT_EQ(statement.at({"Condition", "StringEquals", "aws:SourceAccount"}).tag(), "Ref") << name;
  }
  EXPECT_EQ(taken.size(), 8u);
  EXPECT_EQ(roles.size(), 11u);
}

TEST_F(GithubTemplates, TheWorkflowOfPullRequestsTakesNoRole) {
  for (const auto& [path, text] : by_path(compiled.context, aws_templates(compiled.context))) {
    EXPECT_EQ(text.find("-review.yml"), std::string::npos) << path;
  }
}

TEST_F(GithubTemplates, ProductionIsDeployedByItsEnvironmentAloneAndBackfillsNeverReachIt) {
  const std::string text = by_path(compiled.context, aws_templates(compiled.context)).at("aws/prod.yaml");
  EXPECT_EQ(text.find("-backfill.yml"), std::string::npos);
  const Node& equal = role("prod-deploy")
                          .properties.at({"AssumeRolePolicyDocument", "Statement"})
                          .items()[0]
                          .at({"Condition", "StringEquals"});
  EXPECT_EQ(texts_of(equal.at({"token.actions.githubusercontent.com:sub"})),
            std::set<std::string>{"${SubjectPrefix}:environment:prod"});
}

TEST_F(GithubTemplates, NoActionHasAPatternAndWhatHasNoResourceIsBoundToRegions) {
  const std::set<std::string> unbound{"cloudwatch:DescribeAlarms",
                                      "ecr:GetAuthorizationToken",
                                      "ecs:DescribeTaskDefinition",
                                      "ecs:RegisterTaskDefinition",
                                      "elasticloadbalancing:DescribeListeners",
                                      "elasticloadbalancing:DescribeRules",
                                      "elasticloadbalancing:DescribeTargetGroups"};
  size_t judged = 0;
  for (const auto& [name, found] : roles) {
    for (const Node& statement : statements_of(found)) {
      ++judged;
      const std::set<std::string> actions = texts_of(statement.at({"Action"}));
      EXPECT_FALSE(actions.empty());
      for (const std::string& action : actions)
        EXPECT_EQ(action.find('*'), std::string::npos) << name;
      const Node& resource = statement.at({"Resource"});
      if (resource.tag() == "Ref") {
        EXPECT_EQ(actions, std::set<std::string>{"iam:PassRole"});
      } else if (texts_of(resource).contains("*")) {
        EXPECT_TRUE(std::includes(unbound.begin(), unbound.end(), actions.begin(), actions.end())) << name;
        EXPECT_FALSE(statement.at({"Condition", "StringEquals", "aws:RequestedRegion"}).items().empty())
            << name;
      }
      if (actions.contains("iam:PassRole")) {
        EXPECT_EQ(statement.at({"Condition", "StringEquals", "iam:PassedToService"}).items().size(), 1u)
            << name;
      }
    }
  }
  EXPECT_GT(judged, 20u);
}

TEST_F(GithubTemplates, WhatTheScriptsCallIsAllowed) {
  const auto allowed_in = [&](std::initializer_list<const char*> names) {
    std::set<std::string> actions;
    for (const char* name : names)
      actions.merge(actions_of(role(name)));
    return actions;
  };
  const std::map<std::string, std::set<std::string>> scripts{
      {"alarms.sh", allowed_in({"prod-deploy"})},          {"change_set.sh", allowed_in({"gamma-deploy"})},
      {"ecs_service.sh", allowed_in({"gamma-deploy"})},    {"ecs_rolling.sh", allowed_in({"gamma-deploy"})},
      {"ecs_code_deploy.sh", allowed_in({"prod-deploy"})}, {"image_digest.sh", allowed_in({"push"})},
      {"registry_login.sh", allowed_in({"push"})},
  };
  const std::regex call("aws (cloudformation|cloudwatch|deploy|ecr|ecs) ([a-z-]+)");
  size_t calls = 0;
  for (const auto& [script, allowed] : scripts) {
    const std::string text = source_file("backends/github/scripts/" + script);
    for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found, ++calls) {
      std::string action = (*found)[1].str() == "deploy" ? "codedeploy:" : (*found)[1].str() + ":";
      bool start = true;
      for (const char c : (*found)[2].str()) {
        if (c != '-') action += start ? static_cast<char>(c - 'a' + 'A') : c;
        start = c == '-';
      }
      if (action == "ecr:GetLoginPassword") action = "ecr:GetAuthorizationToken";
      EXPECT_TRUE(allowed.contains(action)) << script << " calls " << action;
    }
  }
  EXPECT_GE(calls, 15u);
}

TEST_F(GithubTemplates, EachRoleDoesItsOwnOnly) {
  EXPECT_FALSE(actions_of(role("prod-deploy")).contains("ecs:UpdateService"))
      << "CodeDeploy changes that service";
  EXPECT_EQ(actions_of(role("prod-check")), std::set<std::string>{"synthetics:GetCanaryRuns"});
  EXPECT_FALSE(actions_of(role("pull")).contains("ecr:PutImage"));
  EXPECT_TRUE(actions_of(role("push")).contains("ecr:PutImage"));
  EXPECT_TRUE(actions_of(role("gamma-stack")).empty());
  EXPECT_EQ(role("gamma-stack").properties.at({"ManagedPolicyArns"}).text(), "StackPolicyArns");
  EXPECT_EQ(actions_of(role("beta-deploy")),
            (std::set<std::string>{"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet",
                                   "cloudformation:DescribeChangeSet", "cloudformation:DescribeStacks",
                                   "cloudformation:ExecuteChangeSet", "ecs:DescribeServices",
                                   "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition",
                                   "ecs:UpdateService", "iam:PassRole"}));
  EXPECT_EQ(actions_of(role("gamma-check")),
            (std::set<std::string>{"cloudwatch:DescribeAlarms", "fis:GetExperiment", "fis:StartExperiment",
                                   "fis:StopExperiment", "synthetics:GetCanaryRuns"}));
}

TEST_F(GithubTemplates, CodeDeployIsThereUnderTheNamesThatDeploymentsUse) {
  for (const std::string region : {"eu-west-1", "us-east-1"}) {
    const Node& resources = templates.at("aws/prod." + region + ".yaml").at({"Resources"});
    EXPECT_EQ(resources.at({"Application", "Properties", "ApplicationName"}).text(),
              "pipec-checkout-service-prod");
    const Node& canary = resources.at({"ConfigCanary", "Properties"});
    EXPECT_EQ(canary.at({"DeploymentConfigName"}).text(), "pipec-checkout-service-prod-canary-10-1m");
    EXPECT_EQ(canary.at({"TrafficRoutingConfig", "TimeBasedCanary", "CanaryPercentage"}).integer(), 10);
    EXPECT_EQ(canary.at({"TrafficRoutingConfig", "TimeBasedCanary", "CanaryInterval"}).integer(), 1);
    const Node& group = resources.at({"GroupCheckoutCheckout", "Properties"});
    EXPECT_EQ(group.at({"DeploymentGroupName"}).text(), "pipec-checkout-service-prod-checkout-checkout");
    EXPECT_TRUE(
        group.at({"ServiceRoleArn"}).text().ends_with(":role/pipec-checkout-service-prod-codedeploy"));
    EXPECT_EQ(group.at({"AlarmConfiguration", "Alarms"}).items().at(0).at({"Name"}).text(), "checkout-5xx");
    const Node& pair = group.at({"LoadBalancerInfo", "TargetGroupPairInfoList"}).items().at(0);
    for (const char* kind : {"ProdTrafficRoute", "TestTrafficRoute"}) {
      EXPECT_NE(pair.at({kind, "ListenerArns"}).items().at(0).text().find(":" + region + ":"),
                std::string::npos);
    }
  }
}

TEST_F(GithubTemplates, TheWayBackIsAllowed) {
  bool found = false;
  for (const Node& statement : statements_of(role("prod-deploy"))) {
    if (statement.at({"Sid"}).text() != "ReadDeploymentConfigs") continue;
    found =
        texts_of(statement.at({"Resource"}))
            .contains(
                "arn:aws:codedeploy:eu-west-1:333333333333:deploymentconfig:CodeDeployDefault.ECSAllAtOnce");
  }
  EXPECT_TRUE(found);
}

TEST_F(GithubTemplates, NamesOfRolesAreShortEnough) {
  for (const auto& [name, found] : roles)
    EXPECT_LE(name.size(), 64u);
  const Compiled wordy(
      checkout_with("pipeline checkout-service:",
                    "pipeline a-checkout-service-whose-name-is-nearly-as-long-as-names-of-roles-are:"));
  std::set<std::string> names;
  for (const auto& [name, found] : roles_of(templates_of(wordy))) {
    EXPECT_LE(name.size(), 64u);
    names.insert(name);
  }
  EXPECT_EQ(names.size(), roles.size());
}

TEST(GithubTemplatesOf, AnAccountGetsTheIdentityProviderOnce) {
  const Compiled compiled(checkout_with("\"222222222222\"", "\"111111111111\""));
  const auto templates = templates_of(compiled);
  const auto creates = [&](const std::string& path) {
    return templates.at(path).at({"Parameters", "CreateIdentityProvider", "Default"}).text();
  };
  EXPECT_EQ(creates("aws/beta.yaml"), "true");
  EXPECT_EQ(creates("aws/gamma.yaml"), "false");
  EXPECT_EQ(creates("aws/prod.yaml"), "true");
}

TEST(GithubTemplatesOf, LinearShiftsAreConfigurationsToo) {
  const Compiled compiled(checkout_with("canary(10%, bake = 1m)", "linear(20%, every = 3m)"));
  const auto templates = templates_of(compiled);
  const Node& linear = templates.at("aws/prod.eu-west-1.yaml")
                           .at({"Resources", "ConfigLinear", "Properties", "TrafficRoutingConfig"});
  EXPECT_EQ(linear.at({"TimeBasedLinear", "LinearPercentage"}).integer(), 20);
  EXPECT_EQ(linear.at({"TimeBasedLinear", "LinearInterval"}).integer(), 3);
}

TEST(GithubTemplatesOf, OtherPartitionsHaveTheirOwnArns) {
  std::string text = checkout_with("gamma { account = \"222222222222\"  regions = [eu-west-1, us-east-1] }",
                                   "gamma { account = \"222222222222\"  regions = [cn-north-1] }");
  const Compiled compiled(text);
  const std::string gamma = by_path(compiled.context, aws_templates(compiled.context)).at("aws/gamma.yaml");
  EXPECT_NE(gamma.find("arn:aws-cn:ecs:cn-north-1:222222222222:service/checkout/checkout"),
            std::string::npos);
  EXPECT_EQ(gamma.find("arn:aws:"), std::string::npos);
}

}  // namespace
}  // namespace pipec::test
