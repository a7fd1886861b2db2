// The workload template of an environment in a region: what the pipelines may do there.
#include "backends/codepipeline/builds.h"
#include "backends/codepipeline/deployments.h"
#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/values.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;
using Nodes = std::vector<Node>;

template <class T>
void add_once(std::vector<T>& items, const T& item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
}

class WorkloadTemplate {
 public:
  WorkloadTemplate(const Facts& facts, const ir::Environment& environment, const std::string& region)
      : facts_(facts),
        names_(facts.names()),
        workload_{facts, environment, region},
        document_(fmt::format("What {} may do in {}, {}", facts.names().base(), environment.name, region)) {
    for (const ir::Route* route : facts.routes()) {
      const RoutePlan plan(*route);
      for (const auto& units : plan.stages()) {
        for (const PlannedUnit& unit : units)
          add_unit(*route, unit);
      }
    }
  }

  Template run() {
    if (workload_.in_first_region()) add_roles();
    for (const auto& [id, appearances] : workload_.elements) {
      if (is_code_deploy(*appearances.front().element))
        add_code_deploy_group(workload_, appearances, document_);
    }
    return std::move(document_);
  }

 private:
  void add_unit(const ir::Route& route, const PlannedUnit& unit) {
    if (facts_.environment_of(*unit.stage) != &workload_.environment || unit.approval()) return;
    std::vector<std::string> projects{fmt::format("{}-{}", unit.stage->name, unit.name)};
    if (unit.always()) projects.push_back(always_project(*unit.stage));
    for (const std::string& project : projects) {
      const std::string role = names_.role_arn(names_.account(), names_.project_role(route, project));
      for (const ir::Element* element : unit.elements)
        workload_.elements[element->id].push_back({&route, unit.stage, element, role});
    }
  }

  // `synthetics:canary:checkout`: without region and account. Some services know no regions, S3 no accounts
  // either.
  Nodes granted_arns(const ir::Element& element, const std::string& resource) const {
    const size_t colon = std::min(resource.find(':'), resource.size());
    const std::string service = resource.substr(0, colon);
    const std::string rest = colon < resource.size() ? resource.substr(colon + 1) : "";
    if (service == "s3") return {names_.arn(service, "", "", rest)};
    if (service == "iam" || service == "cloudfront" || service == "route53")
      return {workload_.arn(service, "", rest)};
    // A cell of `per_region` has a role of its own.
    if (!element.region.empty()) return {workload_.arn(service, element.region, rest)};
    return workload_.arns(service, rest);
  }

  void add_roles() {
    bool services = false;
    bool code_deploy = false;
    bool stacks = false;
    for (const auto& [id, appearances] : workload_.elements) {
      const ir::Element& element = *appearances.front().element;
      services = services || uses(element, "ecs_service");
      code_deploy = code_deploy || is_code_deploy(element);
      stacks = stacks || uses(element, "change_set");
    }
    if (services) {
      document_.parameter("TaskRoleArns", "CommaDelimitedList",
                          "Roles that the services give to their tasks, and to start them");
    }
    for (const auto& [id, appearances] : workload_.elements)
      add_element_role(appearances);
    if (code_deploy) add_code_deploy_role(workload_, document_);
    if (stacks) add_stack_roles();
  }

  // The role that builds of an element take on.
  void add_element_role(const std::vector<Appearance>& appearances) {
    Texts builds;
    std::vector<Statement> statements;
    for (const Appearance& appearance : appearances) {
      if (!has_role(*appearance.stage, *appearance.element)) continue;
      add_once(builds, appearance.build_role);
      add_statements(appearance, statements);
    }
    if (builds.empty()) return;
    const Appearance& first = appearances.front();
    document_.add(
        logical_id({first.stage->name, first.element->name, "role"}),
        resource_of(Role{.name = names_.element_role(*first.stage, *first.element),
                         .trust = RoleTrust{.account_root = names_.arn("iam", "", names_.account(), "root"),
                                            .roles = std::move(builds)},
                         .statements = std::move(statements),
                         .boundary = facts_.boundary()}));
  }

  void add_statements(const Appearance& appearance, std::vector<Statement>& statements) const {
    const ir::Element& element = *appearance.element;
    const ir::Work& work = work_of(element);
    const auto add = [&](std::string sid, Texts actions, Nodes resources, Node condition = {}) {
      for (const Statement& known : statements) {
        if (*known.sid == sid) return;
      }
      statements.push_back({.sid = std::move(sid),
                            .actions = std::move(actions),
                            .resources = std::move(resources),
                            .condition = std::move(condition)});
    };
    for (const ir::Grant& grant : work.access) {
      // Routes may grant an element different rights: the name tells them apart.
      const std::string hash = sha256(join(grant.actions, ",") + " " + grant.resource).substr(0, 8);
      add("Granted" + hash, grant.actions, granted_arns(element, grant.resource));
    }
    if (!alarms_of(element).empty()) {
      // The action does not look at names of alarms.
      add("LookAtAlarms", {"cloudwatch:DescribeAlarms"}, workload_.arns("cloudwatch", "alarm:*"));
    }
    if (!uses(element, "ecs_service")) return;
    const std::string service =
        fmt::format("service/{}/{}", text_field(element, "cluster"), text_field(element, "service"));
    const bool code_deploy = is_code_deploy(element);
    add("ChangeService",
        code_deploy ? Texts{"ecs:DescribeServices"} : Texts{"ecs:DescribeServices", "ecs:UpdateService"},
        workload_.arns("ecs", service));
    // Task definitions have no names before they are registered, and are described by any.
    add("RegisterTaskDefinition",
        code_deploy ? Texts{"ecs:RegisterTaskDefinition"}
                    : Texts{"ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"},
        {"*"});
    add("GiveRolesToTasks", {"iam:PassRole"}, {reference("TaskRoleArns")},
        map({{"StringEquals", map({{"iam:PassedToService", "ecs-tasks.amazonaws.com"}})}}));
    if (!code_deploy) return;
    const std::string name = names_.deployment(*appearance.stage, element);
    add("Deploy",
        {"codedeploy:ContinueDeployment", "codedeploy:CreateDeployment", "codedeploy:GetDeployment",
         "codedeploy:StopDeployment"},
        workload_.arns("codedeploy", fmt::format("deploymentgroup:{0}/{0}", name)));
    add("DescribeRevision", {"codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"},
        workload_.arns("codedeploy", "application:" + name));
    // A route may shift the traffic in steps or all at once.
    Nodes configurations = workload_.arns("codedeploy", "deploymentconfig:CodeDeployDefault.ECSAllAtOnce");
    for (Node& node : workload_.arns("codedeploy", fmt::format("deploymentconfig:{}-*", name)))
      configurations.push_back(std::move(node));
    add("ReadConfiguration", {"codedeploy:GetDeploymentConfig"}, std::move(configurations));
  }

  // The pipeline makes change sets; CloudFormation carries them out with rights that a person chose.
  void add_stack_roles() {
    document_.parameter("StackPolicyArns", "CommaDelimitedList",
                        "Managed policies with what the stacks' resources need");
    document_.parameter("StackBoundaryArn", "String",
                        "The permissions boundary of the role that changes the stacks");
    document_.parameter("ArtifactKeyArns", "CommaDelimitedList",
                        "Keys for artifacts in the regions of this environment");
    Nodes stacks;
    Nodes objects;
    Texts pipelines;
    for (const auto& [id, appearances] : workload_.elements) {
      for (const Appearance& appearance : appearances) {
        if (!uses(*appearance.element, "change_set")) continue;
        for (Node& node : workload_.arns(
                 "cloudformation", fmt::format("stack/{}/*", text_field(*appearance.element, "stack")))) {
          const auto same = [&](const Node& other) { return other.text() == node.text(); };
          if (std::none_of(stacks.begin(), stacks.end(), same)) stacks.push_back(std::move(node));
        }
        add_once(pipelines, names_.role_arn(names_.account(), names_.role_of(*appearance.route, "pipeline")));
        for (const std::string& region : workload_.environment.regions) {
          Node arn = fmt::format("arn:{}:s3:::{}/*", partition_of(region),
                                 names_.bucket(appearance.route->name, region));
          const auto same = [&](const Node& other) { return other.text() == arn.text(); };
          if (std::none_of(objects.begin(), objects.end(), same)) objects.push_back(std::move(arn));
        }
      }
    }
    const std::string stack_role = names_.role(workload_.environment.name + "-stack");
    document_.add(
        "DeployRole",
        resource_of(Role{
            .name = names_.role(workload_.environment.name + "-deploy"),
            .trust = RoleTrust{.account_root = names_.arn("iam", "", names_.account(), "root"),
                               .roles = std::move(pipelines)},
            .statements =
                {{.sid = "ChangeStacks",
                  .actions = Texts{"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet",
                                   "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents",
                                   "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet"},
                  .resources = std::move(stacks)},
                 {.sid = "GiveRoleToStacks",
                  .actions = Texts{"iam:PassRole"},
                  .resources = Nodes{names_.role_arn(workload_.environment.account, stack_role)},
                  .condition = map(
                      {{"StringEquals", map({{"iam:PassedToService", "cloudformation.amazonaws.com"}})}})},
                 {.sid = "ReadTemplates",
                  .actions = Texts{"s3:GetObject", "s3:GetObjectVersion"},
                  .resources = std::move(objects)},
                 {.sid = "Decrypt",
                  .actions = Texts{"kms:Decrypt", "kms:DescribeKey"},
                  .resources = Nodes{reference("ArtifactKeyArns")}}},
            .boundary = facts_.boundary()}));
    document_.add("StackRole",
                  resource_of(Role{.name = stack_role,
                                   .trust = AccountTrust{.service = "cloudformation.amazonaws.com",
                                                         .account = workload_.environment.account},
                                   .managed_policies = reference("StackPolicyArns"),
                                   .boundary = reference("StackBoundaryArn")}));
  }

  const Facts& facts_;
  const Names& names_;
  Workload workload_;
  Template document_;
};

}  // namespace

std::string Workload::arn(std::string_view service, std::string_view region,
                          const std::string& resource) const {
  return facts.names().arn(service, region, environment.account, resource);
}

std::vector<Node> Workload::arns(std::string_view service, const std::string& resource) const {
  Nodes nodes;
  for (const std::string& region : environment.regions)
    nodes.push_back(arn(service, region, resource));
  return nodes;
}

Template workload_template(const Facts& facts, const ir::Environment& environment,
                           const std::string& region) {
  return WorkloadTemplate(facts, environment, region).run();
}

}  // namespace pipec::backends::codepipeline
