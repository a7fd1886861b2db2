#include "backends/github/aws_statements.h"

#include "backends/common/values.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

using Texts = std::vector<std::string>;

// CodeDeploy's own configuration.
constexpr std::string_view all_at_once = "CodeDeployDefault.ECSAllAtOnce";

void add_once(Texts& list, const Texts& items) {
  for (const std::string& item : items) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  }
}

// Statements by their names: the same one of several elements is one with all their resources.
class Statements {
 public:
  void add(Statement statement) {
    for (Statement& known : list_) {
      if (*known.sid != *statement.sid) continue;
      add_once(known.resources, statement.resources);
      for (size_t i = 0; i < known.conditions.size(); ++i)
        add_once(known.conditions[i].second, statement.conditions[i].second);
      return;
    }
    list_.push_back(std::move(statement));
  }
  std::vector<Statement> take() { return std::move(list_); }

 private:
  std::vector<Statement> list_;
};

std::string arn(std::string_view service, std::string_view region, std::string_view account,
                std::string_view resource) {
  return fmt::format("arn:{}:{}:{}:{}:{}", Context::partition(region), service, region, account, resource);
}

Texts arns(const RoleUse& use, std::string_view service, std::string_view resource) {
  Texts list;
  for (const std::string& region : regions_of(use))
    list.push_back(arn(service, region, use.environment->account, resource));
  return list;
}

// `synthetics:canary:checkout`, without region and account. IAM User Guide, "Identify AWS resources with
// ARNs": those of S3 have neither, those of global services no region.
Texts granted_arns(const RoleUse& use, const std::string& resource) {
  const size_t colon = std::min(resource.find(':'), resource.size());
  const std::string service = resource.substr(0, colon);
  const std::string rest = colon < resource.size() ? resource.substr(colon + 1) : "";
  const std::string partition = Context::partition(use.environment->regions.front());
  if (service == "s3") return {fmt::format("arn:{}:s3:::{}", partition, rest)};
  if (service == "iam" || service == "cloudfront" || service == "route53") {
    return {fmt::format("arn:{}:{}::{}:{}", partition, service,
                        service == "route53" ? "" : use.environment->account, rest)};
  }
  return arns(use, service, rest);
}

// For actions that IAM does not tie to a resource: at least they are tied to the regions.
Statement unbound(std::string sid, Texts actions, const RoleUse& use) {
  return {.sid = std::move(sid),
          .actions = std::move(actions),
          .resources = {"*"},
          .conditions = {{"aws:RequestedRegion", regions_of(use)}}};
}

// Roles that ECS gives to tasks are handed to ECS and to nobody else.
Statement give_roles_to_tasks() {
  return {.sid = "GiveRolesToTasks",
          .actions = Texts{"iam:PassRole"},
          .resources_parameter = std::string(task_roles_parameter),
          .conditions = {{"iam:PassedToService", {"ecs-tasks.amazonaws.com"}}}};
}

void add_grants(Statements& statements, const RoleUse& use) {
  for (const ir::Grant& grant : use.element->work.at("github").access) {
    // Several grants of the same right are one statement.
    const std::string hash = sha256(join(grant.actions, ",")).substr(0, 8);
    statements.add(
        {.sid = "Granted" + hash, .actions = grant.actions, .resources = granted_arns(use, grant.resource)});
  }
}

void add_code_deploy(Statements& statements, const Context& context, const RoleUse& use,
                     const ir::Block& block) {
  const std::string application = context.code_deploy_application(*use.environment);
  const std::string group = context.code_deploy_group(*use.environment, block);
  const std::string config = context.code_deploy_configuration(*use.environment, *use.element->strategy);
  statements.add(
      {.sid = "DeployRevisions",
       .actions = Texts{"codedeploy:CreateDeployment", "codedeploy:GetDeployment",
                        "codedeploy:ListDeployments", "codedeploy:StopDeployment"},
       .resources = arns(use, "codedeploy", fmt::format("deploymentgroup:{}/{}", application, group))});
  statements.add(
      {.sid = "RegisterRevisions",
       .actions = Texts{"codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"},
       .resources = arns(use, "codedeploy", "application:" + application)});
  // The way back is always all at once.
  for (const std::string& name : {config, std::string(all_at_once)}) {
    statements.add({.sid = "ReadDeploymentConfigs",
                    .actions = Texts{"codedeploy:GetDeploymentConfig"},
                    .resources = arns(use, "codedeploy", "deploymentconfig:" + name)});
  }
}

void add_service(Statements& statements, const Context& context, const RoleUse& use, const ir::Block& block) {
  const std::string service =
      fmt::format("service/{}/{}", field_text(block, "cluster"), field_text(block, "service"));
  statements.add({.sid = "LookAtServices",
                  .actions = Texts{"ecs:DescribeServices"},
                  .resources = arns(use, "ecs", service)});
  // The family is in the task definition, which is read when the pipeline runs.
  statements.add(unbound("RegisterTaskDefinitions", {"ecs:RegisterTaskDefinition"}, use));
  statements.add(give_roles_to_tasks());
  if (uses_code_deploy(*use.element)) {
    add_code_deploy(statements, context, use, block);
    return;
  }
  statements.add({.sid = "ChangeServices",
                  .actions = Texts{"ecs:UpdateService"},
                  .resources = arns(use, "ecs", service)});
  statements.add(unbound("ReadTaskDefinitions", {"ecs:DescribeTaskDefinition"}, use));
}

void add_stack(Statements& statements, const Context& context, const RoleUse& use, const ir::Block& block) {
  statements.add(
      {.sid = "ChangeStacks",
       .actions = Texts{"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet",
                        "cloudformation:DescribeChangeSet", "cloudformation:DescribeStacks",
                        "cloudformation:ExecuteChangeSet"},
       .resources = arns(use, "cloudformation", fmt::format("stack/{}/*", field_text(block, "stack")))});
  statements.add({.sid = "GiveRoleToStacks",
                  .actions = Texts{"iam:PassRole"},
                  .resources = {context.role_arn(RoleKind::stack, use.environment)},
                  .conditions = {{"iam:PassedToService", {"cloudformation.amazonaws.com"}}}});
}

}  // namespace

std::vector<Statement> workflow_statements(const Context& context, const std::vector<RoleUse>& uses) {
  Statements statements;
  for (const RoleUse& use : uses) {
    if (use.element->kind == ir::ElementKind::approval) continue;
    add_grants(statements, use);
    // The API shows composite alarms only to those who may see all of them.
    if (!alarms_of(*use.element).empty())
      statements.add(unbound("WatchAlarms", {"cloudwatch:DescribeAlarms"}, use));
    const auto& block = use.element->work.at("github").block;
    if (!block) continue;
    if (block->name == "ecs_service") add_service(statements, context, use, *block);
    if (block->name == "change_set") add_stack(statements, context, use, *block);
  }
  return statements.take();
}

std::vector<Statement> code_deploy_statements(const std::vector<RoleUse>& uses) {
  Statements statements;
  for (const RoleUse& use : uses) {
    if (!uses_code_deploy(*use.element)) continue;
    const ir::Block& block = *use.element->work.at("github").block;
    const std::string service =
        fmt::format("{}/{}", field_text(block, "cluster"), field_text(block, "service"));
    Texts resources = arns(use, "ecs", "service/" + service);
    add_once(resources, arns(use, "ecs", fmt::format("task-set/{}/*", service)));
    statements.add({.sid = "MoveServices",
                    .actions = Texts{"ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices",
                                     "ecs:UpdateServicePrimaryTaskSet"},
                    .resources = resources});
    Texts listeners, rules;
    for (const char* kind : {"listeners", "test_listeners"}) {
      const ir::Value* by_region = ir::find(block.fields, kind);
      for (const std::string& region : regions_of(use)) {
        const ir::Value* listener = by_region == nullptr ? nullptr : by_region->find(region);
        if (listener == nullptr) continue;
        listeners.emplace_back(listener->text());
        rules.push_back(rules_of_listener(listeners.back()));
      }
    }
    statements.add({.sid = "MoveTraffic",
                    .actions = Texts{"elasticloadbalancing:ModifyListener"},
                    .resources = listeners});
    statements.add(
        {.sid = "MoveRules", .actions = Texts{"elasticloadbalancing:ModifyRule"}, .resources = rules});
    statements.add(unbound("LookAtLoadBalancers",
                           {"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
                            "elasticloadbalancing:DescribeTargetGroups"},
                           use));
    if (!alarms_of(*use.element).empty())
      statements.add(unbound("WatchAlarms", {"cloudwatch:DescribeAlarms"}, use));
    statements.add(give_roles_to_tasks());
  }
  return statements.take();
}

std::vector<Statement> image_statements(const Context& context, const Texts& repositories, bool stores) {
  const std::string region = context.setting("region");
  Texts resources;
  for (const std::string& name : repositories)
    resources.push_back(arn("ecr", region, context.setting("account"), "repository/" + name));
  Texts actions{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer"};
  if (stores)
    add_once(actions,
             {"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"});
  return {{.sid = "LogIn",
           .actions = Texts{"ecr:GetAuthorizationToken"},
           .resources = {"*"},
           .conditions = {{"aws:RequestedRegion", {region}}}},
          {.sid = stores ? "StoreImages" : "FetchImages", .actions = actions, .resources = resources}};
}

}  // namespace pipec::backends::github
