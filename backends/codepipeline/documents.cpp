#include "backends/codepipeline/documents.h"

#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/values.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

// A parameter of the template without a source would make the deployment fail: each is listed here by name.
ParameterSource source_of(const Facts& facts, const std::string& name, const ir::Environment* environment) {
  for (const std::string& region : support_regions(facts)) {
    if (name == key_parameter(region)) return {name, "output", fmt::format("support-{}:KeyArn", region)};
  }
  if (name == "ConnectionArn") {
    const std::string given = facts.setting("connection");
    if (!given.empty()) return {name, "value", given};
    return {name, "output", "control:ConnectionArn"};
  }
  if (name == "NoticesTopic") return {name, "output", "control:NoticesTopic"};
  if (name == "ImagePullRoleArns") return {name, "task_roles", "*"};
  if (name == "TaskRoleArns") return {name, "task_roles", environment->name};
  if (name == "CodeDeployRoleArn") {
    return {name, "output",
            fmt::format("workload-{}-{}:{}", environment->name, environment->regions.front(), name)};
  }
  if (name == "ArtifactKeyArns") {
    Texts outputs;
    for (const std::string& region : support_regions(facts)) {
      const auto& regions = environment->regions;
      if (std::find(regions.begin(), regions.end(), region) != regions.end())
        outputs.push_back(fmt::format("support-{}:KeyArn", region));
    }
    return {name, "outputs", join(outputs, ",")};
  }
  return {name, "given", ""};
}

size_t concurrent_builds(const Facts& facts) {
  size_t most = 1;
  for (const ir::Route* route : facts.routes()) {
    const RoutePlan plan(*route);
    for (const auto& units : plan.stages()) {
      std::map<size_t, size_t> by_level;
      for (const PlannedUnit& unit : units) {
        if (!unit.approval()) most = std::max(most, ++by_level[unit.level]);
      }
    }
  }
  return most;
}

// ARNs of the stages that deploy to production.
Texts production_stages(const Facts& facts, const ir::Route& route) {
  Texts stages;
  for (const ir::Stage& stage : route.stages) {
    if (!stage.production || !changes(stage)) continue;
    stages.push_back(
        facts.names().arn("codepipeline", fmt::format("{}/{}", facts.names().pipeline(route), stage.name)));
  }
  return stages;
}

}  // namespace

std::vector<Stack> stacks_of(const Facts& facts) {
  const Names& names = facts.names();
  std::vector<Stack> stacks;
  const auto add = [&](const std::string& id, const std::string& name, const std::string& account,
                       const std::string& region, Template document, const ir::Environment* environment) {
    if (document.empty()) return;
    Stack stack{id, name, id + ".yaml", account, region, {}, std::move(document)};
    for (const std::string& parameter : stack.document.parameter_names())
      stack.parameters.push_back(source_of(facts, parameter, environment));
    stacks.push_back(std::move(stack));
  };
  for (const std::string& region : support_regions(facts)) {
    add("support-" + region, names.stack("support"), names.account(), region, support_template(facts, region),
        nullptr);
  }
  for (const ir::Environment& environment : facts.pipeline().environments) {
    for (const std::string& region : environment.regions) {
      add(fmt::format("workload-{}-{}", environment.name, region),
          names.stack("workload-" + environment.name), environment.account, region,
          workload_template(facts, environment, region), &environment);
    }
  }
  add("control", names.stack("control"), names.account(), names.region(), control_template(facts), nullptr);
  add("pipelines", names.stack("pipelines"), names.account(), names.region(), pipelines_template(facts),
      nullptr);
  return stacks;
}

std::string deployment_json(const Facts& facts, const std::vector<Stack>& stacks) {
  const Names& names = facts.names();
  Json plan = {{"version", 1},
               {"base", names.base()},
               {"account", names.account()},
               {"region", names.region()},
               {"url_suffix", url_suffix_of(names.region())},
               {"templates", names.bucket(templates_bucket, names.region())},
               {"ledger", names.ledger()},
               {"connection", facts.uses_connection() && facts.setting("connection").empty()},
               {"concurrent_builds", concurrent_builds(facts)},
               {"environments", facts.locked_environments()},
               {"guarded", facts.guarded_environments()},
               {"approvers", Json::array()},
               {"stacks", Json::array()},
               {"pipelines", Json::array()},
               {"services", Json::array()}};
  for (const Approvers& approvers : approvers_of(facts))
    plan["approvers"].push_back(approvers.role);
  for (const Stack& stack : stacks) {
    Json parameters = Json::array();
    for (const ParameterSource& source : stack.parameters) {
      parameters.push_back({{"name", source.name}, {"kind", source.kind}, {"value", source.value}});
    }
    plan["stacks"].push_back({{"id", stack.id},
                              {"name", stack.name},
                              {"template", stack.path},
                              {"account", stack.account},
                              {"region", stack.region},
                              {"parameters", parameters}});
  }
  std::set<std::string> services;
  for (const ir::Route* route : facts.routes()) {
    Json pipeline = {{"name", names.pipeline(*route)}, {"route", route->name}};
    if (route->kind == ir::RouteKind::hotfix) pipeline["switched"] = guard_stage;
    plan["pipelines"].push_back(std::move(pipeline));
    for (const Placed& placed : elements_of(*route)) {
      if (!uses(*placed.element, "ecs_service")) continue;
      const ir::Environment& environment = *facts.environment_of(*placed.stage);
      for (const std::string& region : environment.regions) {
        const Json service = {{"environment", environment.name},
                              {"account", environment.account},
                              {"region", region},
                              {"cluster", text_field(*placed.element, "cluster")},
                              {"service", text_field(*placed.element, "service")}};
        if (services.insert(service.dump()).second) plan["services"].push_back(service);
      }
    }
  }
  return plan.dump(2) + "\n";
}

std::string parameters_example(const std::vector<Stack>& stacks) {
  Json example = Json::object();
  for (const Stack& stack : stacks) {
    for (const ParameterSource& source : stack.parameters) {
      if (source.kind == "given")
        example[stack.id][source.name] = stack.document.parameter_description(source.name);
    }
  }
  return example.dump(2) + "\n";
}

std::vector<Approvers> approvers_of(const Facts& facts) {
  std::vector<Approvers> all;
  for (const ir::Route* route : facts.routes()) {
    const RoutePlan plan(*route);
    const std::string pipeline = facts.names().pipeline(*route);
    for (const auto& units : plan.stages()) {
      for (const PlannedUnit& unit : units) {
        if (!unit.approval()) continue;
        const ir::Group& group = facts.pipeline().groups[*unit.first().approvers];
        const std::string& role = group.identities.at(std::string(target)).front();
        auto found =
            std::find_if(all.begin(), all.end(), [&](const Approvers& known) { return known.role == role; });
        if (found == all.end()) found = all.insert(all.end(), {role, {}, {}, {}});
        found->actions.push_back(facts.names().arn(
            "codepipeline", fmt::format("{}/{}/{}", pipeline, plan.approval_stage(unit), unit.name)));
        if (std::find(found->pipelines.begin(), found->pipelines.end(), pipeline) == found->pipelines.end()) {
          found->pipelines.push_back(pipeline);
          if (route->kind == ir::RouteKind::trunk) found->stages = production_stages(facts, *route);
        }
      }
    }
  }
  return all;
}

std::vector<Cleaning> cleanings_of(const Facts& facts) {
  std::vector<Cleaning> all;
  for (const ir::Route* route : facts.routes()) {
    const RoutePlan plan(*route);
    for (const auto& units : plan.stages()) {
      for (const PlannedUnit& unit : units) {
        if (!unit.always()) continue;
        all.push_back({route->name, facts.names().pipeline(*route), unit.stage->name, unit.name,
                       facts.names().project(*route, always_project(*unit.stage))});
      }
    }
  }
  return all;
}

std::string deny_policy(const Facts& facts) {
  const Names& names = facts.names();
  Json pipelines = Json::array();
  for (const ir::Route* route : facts.routes()) {
    pipelines.push_back(names.arn("codepipeline", names.pipeline(*route)));
    pipelines.push_back(names.arn("codepipeline", names.pipeline(*route) + "/*"));
  }
  const auto deny = [](const char* sid, Json actions, Json resources) {
    return Json{
        {"Sid", sid}, {"Effect", "Deny"}, {"Action", std::move(actions)}, {"Resource", std::move(resources)}};
  };
  // A qualified function is a resource of its own.
  Json functions = Json::array();
  Texts own_functions{"ledger", "notify"};
  if (!cleanings_of(facts).empty()) own_functions.emplace_back("always");
  for (const std::string& name : own_functions) {
    functions.push_back(names.arn("lambda", "function:" + names.function(name)));
    functions.push_back(names.arn("lambda", "function:" + names.function(name) + ":*"));
  }
  // Environments have accounts of their own.
  const std::string own_roles = names.role_arn("*", names.base() + "-*");
  Json rights{own_roles, names.arn("iam", "", "*", "policy/" + names.base() + "-*")};
  for (const Approvers& approvers : approvers_of(facts))
    rights.push_back(names.role_arn(names.account(), approvers.role));
  const Json document = {
      {"Version", "2012-10-17"},
      {"Statement",
       // No condition tells a plain start of a run from one with other sources or variables: pushing starts
       // runs.
       {deny("GoRoundTheGates",
             {"codepipeline:DeletePipeline", "codepipeline:DisableStageTransition",
              "codepipeline:EnableStageTransition", "codepipeline:OverrideStageCondition",
              "codepipeline:PutApprovalResult", "codepipeline:RetryStageExecution",
              "codepipeline:RollbackStage", "codepipeline:StartPipelineExecution",
              "codepipeline:StopPipelineExecution", "codepipeline:UpdatePipeline"},
             pipelines),
        // The actions know no resources.
        deny("AnswerForTheLedger", {"codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"},
             "*"),
        deny("ChangeTheLedger",
             {"dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:DeleteResourcePolicy",
              "dynamodb:DeleteTable", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert",
              "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:PutResourcePolicy",
              "dynamodb:UpdateItem", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive"},
             names.ledger_arn()),
        deny("ChangeTheFunctions",
             {"lambda:AddPermission", "lambda:DeleteFunction", "lambda:InvokeAsync", "lambda:InvokeFunction",
              "lambda:PutFunctionConcurrency", "lambda:RemovePermission", "lambda:UpdateAlias",
              "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"},
             std::move(functions)),
        deny("ChangeTheEvents",
             {"events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets",
              "events:RemoveTargets"},
             {names.arn("events", "rule/" + names.base() + "-*")}),
        // A sandbox of a project has the project's role.
        deny("RunBuildsByHand",
             {"codebuild:DeleteProject", "codebuild:RetryBuild", "codebuild:RetryBuildBatch",
              "codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:StartSandbox",
              "codebuild:StartSandboxConnection", "codebuild:UpdateProject"},
             {names.arn("codebuild", "project/" + names.base() + "-*")}),
        deny("BecomeARoleOfThePipeline", {"iam:PassRole", "sts:AssumeRole"}, {own_roles}),
        deny("ChangeRights",
             {"iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:DeleteRole",
              "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
              "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:SetDefaultPolicyVersion",
              "iam:UpdateAssumeRolePolicy"},
             std::move(rights)),
        deny("ChangeTheStacks",
             {"cloudformation:CreateChangeSet", "cloudformation:DeleteStack",
              "cloudformation:ExecuteChangeSet", "cloudformation:UpdateStack"},
             {names.arn("cloudformation", "stack/" + names.base() + "-*")})}}};
  return document.dump(2) + "\n";
}

}  // namespace pipec::backends::codepipeline
