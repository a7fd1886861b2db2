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

// An element of the environment, in every route that has it.
struct Appearance {
  const ir::Route* route;
  const ir::Stage* stage;
  const ir::Element* element;
  // Of the project that runs it.
  std::string build_role;
};

class WorkloadTemplate {
 public:
  WorkloadTemplate(const Facts& facts, const ir::Environment& environment, const std::string& region)
      : facts_(facts),
        names_(facts.names()),
        environment_(environment),
        region_(region),
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
    if (region_ == environment_.regions.front()) add_roles();
    for (const auto& [id, appearances] : elements_) {
      if (is_code_deploy(*appearances.front().element)) add_code_deploy(appearances);
    }
    return std::move(document_);
  }

 private:
  void add_unit(const ir::Route& route, const PlannedUnit& unit) {
    if (facts_.environment_of(*unit.stage) != &environment_ || unit.approval()) return;
    std::vector<std::string> projects{fmt::format("{}-{}", unit.stage->name, unit.name)};
    if (unit.always()) projects.push_back(always_project(*unit.stage));
    for (const std::string& project : projects) {
      const std::string role = names_.role_arn(names_.account(), names_.project_role(route, project));
      for (const ir::Element* element : unit.elements)
        elements_[element->id].push_back({&route, unit.stage, element, role});
    }
  }

  static bool is_code_deploy(const ir::Element& element) {
    return uses(element, "ecs_service") && text_field(element, "controller") == "code_deploy";
  }
  std::string arn(std::string_view service, std::string_view region, const std::string& resource) const {
    return names_.arn(service, region, environment_.account, resource);
  }
  // In each region of the environment.
  Nodes arns(std::string_view service, const std::string& resource) const {
    Nodes nodes;
    for (const std::string& region : environment_.regions)
      nodes.push_back(arn(service, region, resource));
    return nodes;
  }
  // `synthetics:canary:checkout`: without region and account. Some services know no regions, S3 no accounts
  // either.
  Nodes granted_arns(const ir::Element& element, const std::string& resource) const {
    const size_t colon = std::min(resource.find(':'), resource.size());
    const std::string service = resource.substr(0, colon);
    const std::string rest = colon < resource.size() ? resource.substr(colon + 1) : "";
    if (service == "s3") return {names_.arn(service, "", "", rest)};
    if (service == "iam" || service == "cloudfront" || service == "route53") return {arn(service, "", rest)};
    // A cell of `per_region` has a role of its own.
    if (!element.region.empty()) return {arn(service, element.region, rest)};
    return arns(service, rest);
  }

  void add_roles() {
    bool services = false;
    bool code_deploy = false;
    bool stacks = false;
    for (const auto& [id, appearances] : elements_) {
      const ir::Element& element = *appearances.front().element;
      services = services || uses(element, "ecs_service");
      code_deploy = code_deploy || is_code_deploy(element);
      stacks = stacks || uses(element, "change_set");
    }
    if (services) {
      document_.parameter("TaskRoleArns", "CommaDelimitedList",
                          "Roles that the services give to their tasks, and to start them");
    }
    for (const auto& [id, appearances] : elements_)
      add_element_role(appearances);
    if (code_deploy) add_code_deploy_role();
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
      add("LookAtAlarms", {"cloudwatch:DescribeAlarms"}, arns("cloudwatch", "alarm:*"));
    }
    if (!uses(element, "ecs_service")) return;
    const std::string service =
        fmt::format("service/{}/{}", text_field(element, "cluster"), text_field(element, "service"));
    const bool code_deploy = is_code_deploy(element);
    add("ChangeService",
        code_deploy ? Texts{"ecs:DescribeServices"} : Texts{"ecs:DescribeServices", "ecs:UpdateService"},
        arns("ecs", service));
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
        arns("codedeploy", fmt::format("deploymentgroup:{0}/{0}", name)));
    add("DescribeRevision", {"codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"},
        arns("codedeploy", "application:" + name));
    // A route may shift the traffic in steps or all at once.
    Nodes configurations = arns("codedeploy", "deploymentconfig:CodeDeployDefault.ECSAllAtOnce");
    for (Node& node : arns("codedeploy", fmt::format("deploymentconfig:{}-*", name)))
      configurations.push_back(std::move(node));
    add("ReadConfiguration", {"codedeploy:GetDeploymentConfig"}, std::move(configurations));
  }

  // What AWS CodeDeploy does to the services and listeners of this environment.
  void add_code_deploy_role() {
    Nodes services;
    Nodes listeners;
    Nodes rules;
    bool alarms = false;
    for (const auto& [id, appearances] : elements_) {
      const ir::Element& element = *appearances.front().element;
      if (!is_code_deploy(element)) continue;
      const std::string service =
          fmt::format("{}/{}", text_field(element, "cluster"), text_field(element, "service"));
      for (const std::string& region : environment_.regions) {
        services.push_back(arn("ecs", region, "service/" + service));
        services.push_back(arn("ecs", region, "task-set/" + service + "/*"));
        for (const char* kind : {"listeners", "test_listeners"}) {
          const ir::Value* listener = field(element, kind)->find(region);
          if (listener == nullptr) continue;
          listeners.push_back(listener->text());
          rules.push_back(rules_of_listener(std::string(listener->text())));
        }
      }
      for (const Appearance& appearance : appearances)
        alarms = alarms || !alarms_of(*appearance.element).empty();
    }
    std::vector<Statement> statements{
        {.sid = "MoveService",
         .actions = Texts{"ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices",
                          "ecs:UpdateServicePrimaryTaskSet"},
         .resources = std::move(services)},
        {.sid = "MoveTraffic",
         .actions = Texts{"elasticloadbalancing:ModifyListener"},
         .resources = std::move(listeners)},
        {.sid = "MoveRules",
         .actions = Texts{"elasticloadbalancing:ModifyRule"},
         .resources = std::move(rules)},
        // The actions know no resources.
        {.sid = "LookAtLoadBalancers",
         .actions = Texts{"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
                          "elasticloadbalancing:DescribeTargetGroups"},
         .resources = Nodes{"*"}},
        {.sid = "GiveRolesToTasks",
         .actions = Texts{"iam:PassRole"},
         .resources = Nodes{reference("TaskRoleArns")},
         .condition = map({{"StringEquals", map({{"iam:PassedToService", "ecs-tasks.amazonaws.com"}})}})}};
    if (alarms) {
      statements.push_back({.sid = "LookAtAlarms",
                            .actions = Texts{"cloudwatch:DescribeAlarms"},
                            .resources = arns("cloudwatch", "alarm:*")});
    }
    document_.add("CodeDeployRole",
                  resource_of(Role{.name = names_.role(environment_.name + "-codedeploy"),
                                   .trust = AccountTrust{.service = "codedeploy.amazonaws.com",
                                                         .account = environment_.account},
                                   .statements = std::move(statements),
                                   .boundary = facts_.boundary()}));
    document_.output("CodeDeployRoleArn", get_att("CodeDeployRole", "Arn"));
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
    for (const auto& [id, appearances] : elements_) {
      for (const Appearance& appearance : appearances) {
        if (!uses(*appearance.element, "change_set")) continue;
        for (Node& node :
             arns("cloudformation", fmt::format("stack/{}/*", text_field(*appearance.element, "stack")))) {
          const auto same = [&](const Node& other) { return other.text() == node.text(); };
          if (std::none_of(stacks.begin(), stacks.end(), same)) stacks.push_back(std::move(node));
        }
        add_once(pipelines, names_.role_arn(names_.account(), names_.role_of(*appearance.route, "pipeline")));
        for (const std::string& region : environment_.regions) {
          Node arn = fmt::format("arn:{}:s3:::{}/*", partition_of(region),
                                 names_.bucket(appearance.route->name, region));
          const auto same = [&](const Node& other) { return other.text() == arn.text(); };
          if (std::none_of(objects.begin(), objects.end(), same)) objects.push_back(std::move(arn));
        }
      }
    }
    const std::string stack_role = names_.role(environment_.name + "-stack");
    document_.add(
        "DeployRole",
        resource_of(Role{
            .name = names_.role(environment_.name + "-deploy"),
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
                  .resources = Nodes{names_.role_arn(environment_.account, stack_role)},
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
                                                         .account = environment_.account},
                                   .managed_policies = reference("StackPolicyArns"),
                                   .boundary = reference("StackBoundaryArn")}));
  }

  // One application and one group: a service of ECS can belong to only one. Routes that shift the traffic in
  // another way name another configuration when they deploy.
  void add_code_deploy(const std::vector<Appearance>& appearances) {
    const Appearance& first = appearances.front();
    const ir::Element& element = *first.element;
    const auto waves = waves_of(facts_.pipeline(), *first.stage, element);
    const bool here = std::any_of(waves.begin(), waves.end(), [&](const Texts& wave) {
      return std::find(wave.begin(), wave.end(), region_) != wave.end();
    });
    if (!here) return;
    for (const Appearance& appearance : appearances)
      add_configuration(*appearance.stage, *appearance.element);
    const std::string name = names_.deployment(*first.stage, element);
    const std::string application =
        document_.add(logical_id({first.stage->name, element.name, "application"}),
                      {.type = "AWS::CodeDeploy::Application",
                       .properties = map({{"ApplicationName", name}, {"ComputePlatform", "ECS"}})});
    const auto listener = [&](const char* kind) {
      return map({{"ListenerArns", texts({std::string(field(element, kind)->find(region_)->text())})}});
    };
    Node groups = Node::sequence();
    for (const std::string& group : field(element, "target_groups")->texts())
      groups.add(map({{"Name", group}}));
    const Node pair = map({{"TargetGroups", std::move(groups)},
                           {"ProdTrafficRoute", listener("listeners")},
                           {"TestTrafficRoute", listener("test_listeners")}});
    const std::string own = deployment_configuration(facts_, *first.stage, element);
    Node properties =
        map({{"ApplicationName", reference(application)},
             {"DeploymentGroupName", name},
             {"ServiceRoleArn", code_deploy_role()},
             {"DeploymentConfigName",
              own.starts_with(names_.base()) ? reference(configuration_ids_.at(own)) : Node(own)},
             {"DeploymentStyle",
              map({{"DeploymentType", "BLUE_GREEN"}, {"DeploymentOption", "WITH_TRAFFIC_CONTROL"}})},
             {"ECSServices", list({map({{"ClusterName", text_field(element, "cluster")},
                                        {"ServiceName", text_field(element, "service")}})})},
             {"LoadBalancerInfo", map({{"TargetGroupPairInfoList", list({pair})}})},
             {"BlueGreenDeploymentConfiguration",
              map({{"DeploymentReadyOption",
                    map({{"ActionOnTimeout", "CONTINUE_DEPLOYMENT"}, {"WaitTimeInMinutes", 0}})},
                   {"TerminateBlueInstancesOnDeploymentSuccess",
                    map({{"Action", "TERMINATE"},
                         {"TerminationWaitTimeInMinutes", termination_wait(appearances)}})}})},
             {"AutoRollbackConfiguration", rollback(element)}});
    const Texts alarms = alarms_of(element);
    if (!alarms.empty()) {
      Node names = Node::sequence();
      for (const std::string& alarm : alarms)
        names.add(map({{"Name", alarm}}));
      properties.set("AlarmConfiguration", map({{"Enabled", true}, {"Alarms", std::move(names)}}));
    }
    document_.add(logical_id({first.stage->name, element.name, "group"}),
                  {.type = "AWS::CodeDeploy::DeploymentGroup", .properties = std::move(properties)});
  }

  // Roles stand in the template of the first region.
  Node code_deploy_role() {
    if (region_ == environment_.regions.front()) return get_att("CodeDeployRole", "Arn");
    document_.parameter("CodeDeployRoleArn", "String",
                        "The role of AWS CodeDeploy, from the template of the first region");
    return reference("CodeDeployRoleArn");
  }

  // Minutes that the old tasks are kept: until the bake time is over in every route, with one minute for the
  // build to notice that it has begun. A build that needs no more of it ends it.
  static int64_t termination_wait(const std::vector<Appearance>& appearances) {
    int64_t minutes = 0;
    for (const Appearance& appearance : appearances) {
      const int64_t bake = appearance.element->wave_bake.seconds;
      if (bake > 0) minutes = std::max(minutes, (bake + 59) / 60 + 1);
    }
    return minutes;
  }

  static Node rollback(const ir::Element& element) {
    if (!has_rollback(element)) return map({{"Enabled", false}});
    Texts events{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"};
    if (!alarms_of(element).empty()) events.push_back("DEPLOYMENT_STOP_ON_ALARM");
    return map({{"Enabled", true}, {"Events", texts(events)}});
  }

  void add_configuration(const ir::Stage& stage, const ir::Element& element) {
    const std::string name = deployment_configuration(facts_, stage, element);
    if (!name.starts_with(names_.base()) || configuration_ids_.contains(name)) return;
    const ir::Value& strategy = *element.strategy;
    const bool canary = strategy.constructor() == "canary";
    const int64_t share = *strategy.find(canary ? "share" : "step")->as<int64_t>();
    const int64_t minutes = strategy.find(canary ? "bake" : "every")->as<Duration>()->seconds / 60;
    const Node routing =
        canary ? map({{"Type", "TimeBasedCanary"},
                      {"TimeBasedCanary", map({{"CanaryPercentage", share}, {"CanaryInterval", minutes}})}})
               : map({{"Type", "TimeBasedLinear"},
                      {"TimeBasedLinear", map({{"LinearPercentage", share}, {"LinearInterval", minutes}})}});
    configuration_ids_[name] = document_.add(logical_id({stage.name, element.name, "configuration"}),
                                             {.type = "AWS::CodeDeploy::DeploymentConfig",
                                              .properties = map({{"DeploymentConfigName", name},
                                                                 {"ComputePlatform", "ECS"},
                                                                 {"TrafficRoutingConfig", routing}})});
  }

  const Facts& facts_;
  const Names& names_;
  const ir::Environment& environment_;
  const std::string& region_;
  Template document_;
  std::map<std::string, std::vector<Appearance>> elements_;
  std::map<std::string, std::string> configuration_ids_;
};

}  // namespace

Template workload_template(const Facts& facts, const ir::Environment& environment,
                           const std::string& region) {
  return WorkloadTemplate(facts, environment, region).run();
}

}  // namespace pipec::backends::codepipeline
