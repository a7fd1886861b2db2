// What builds of commands and of building blocks share: names of containers, and rights.
#include "backends/codepipeline/builds.h"

#include "backends/common/values.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

std::string digest_variable(const ir::Artifact& artifact) { return "pipec_digest_" + encoded(artifact.name); }

std::string digest_reference(const PlannedUnit& maker, const ir::Artifact& artifact) {
  return fmt::format("#{{{}.{}}}", maker.variables(), digest_variable(artifact));
}

std::string repository_of(const Facts& facts, const ir::Artifact& artifact) {
  if (!artifact.image.empty()) return artifact.image.substr(0, artifact.image.find('@'));
  return facts.names().registry() + "/" + artifact.repository;
}

bool has_role(const ir::Stage& stage, const ir::Element& element) {
  if (!stage.environment || element.kind == ir::ElementKind::approval) return false;
  const ir::Work& work = work_of(element);
  if (work.block) return work.block->name == "ecs_service";
  return !work.access.empty() || (element.kind == ir::ElementKind::deploy && !alarms_of(element).empty());
}

void add_run(BuildPlan& build) {
  const bool known = std::any_of(build.run_variables.begin(), build.run_variables.end(),
                                 [](const auto& variable) { return variable.first == "pipec_run"; });
  if (!known) build.run_variables.emplace_back("pipec_run", "#{codepipeline.PipelineExecutionId}");
}

void add_lock_check(const Facts& facts, const ir::Stage& stage, BuildPlan& build) {
  const std::string& environment = facts.environment_of(stage)->name;
  build.variables.emplace_back("pipec_ledger", facts.names().ledger());
  build.variables.emplace_back("pipec_environment", environment);
  add_run(build);
  build.statements.push_back({.sid = "LookAtLock",
                              .actions = Texts{"dynamodb:GetItem"},
                              .resources = std::vector<Node>{facts.names().ledger_arn()},
                              .condition = map({{"ForAllValues:StringEquals",
                                                 map({{"dynamodb:LeadingKeys", texts({environment})}})}})});
}

Statement assume_statement(const Facts& facts, const ir::Stage& stage, const ir::Element& element) {
  const std::string& account = facts.environment_of(stage)->account;
  return {.sid = logical_id({"Use", stage.name, element.name}),
          .actions = Texts{"sts:AssumeRole"},
          .resources =
              std::vector<Node>{facts.names().role_arn(account, facts.names().element_role(stage, element))}};
}

std::vector<Statement> registry_statements(const Facts& facts, const RegistryUse& use) {
  std::vector<Statement> statements;
  const auto arns = [&](const Texts& repositories) {
    std::vector<Node> nodes;
    for (const std::string& name : repositories)
      nodes.push_back(facts.names().arn("ecr", "repository/" + name));
    return nodes;
  };
  if (!use.pushed.empty() || !use.pulled.empty()) {
    // The action knows no resources.
    statements.push_back({.sid = "LogInToRegistry",
                          .actions = Texts{"ecr:GetAuthorizationToken"},
                          .resources = std::vector<Node>{"*"}});
  }
  if (!use.pulled.empty()) {
    statements.push_back({.sid = "PullImages",
                          .actions = Texts{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                                           "ecr:GetDownloadUrlForLayer"},
                          .resources = arns(use.pulled)});
  }
  if (!use.attached.empty()) {
    statements.push_back({.sid = "AttachToImages",
                          .actions = Texts{"ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload",
                                           "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"},
                          .resources = arns(use.attached)});
  }
  if (!use.pushed.empty()) {
    statements.push_back(
        {.sid = "PushImages",
         .actions = Texts{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
                          "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload",
                          "ecr:PutImage", "ecr:UploadLayerPart"},
         .resources = arns(use.pushed)});
  }
  return statements;
}

}  // namespace pipec::backends::codepipeline
