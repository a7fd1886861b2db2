// AWS CodeDeploy in an environment: its role, and an application and a group for each service.
#include "backends/codepipeline/deployments.h"
#include "backends/codepipeline/model.h"
#include "backends/common/values.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;
using Nodes = std::vector<Node>;

// Roles stand in the template of the first region.
Node code_deploy_role(const Workload& workload, Template& document) {
  if (workload.in_first_region()) return get_att("CodeDeployRole", "Arn");
  document.parameter("CodeDeployRoleArn", "String",
                     "The role of AWS CodeDeploy, from the template of the first region");
  return reference("CodeDeployRoleArn");
}

// Minutes that the old tasks are kept: until the bake time is over in every route, with one minute for the
// build to notice that it has begun. A build that needs no more of it ends it.
int64_t termination_wait(const std::vector<Appearance>& appearances) {
  int64_t minutes = 0;
  for (const Appearance& appearance : appearances) {
    const int64_t bake = appearance.element->wave_bake.seconds;
    if (bake > 0) minutes = std::max(minutes, (bake + 59) / 60 + 1);
  }
  return minutes;
}

Node rollback(const ir::Element& element) {
  if (!has_rollback(element)) return map({{"Enabled", false}});
  Texts events{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"};
  if (!alarms_of(element).empty()) events.push_back("DEPLOYMENT_STOP_ON_ALARM");
  return map({{"Enabled", true}, {"Events", texts(events)}});
}

// Unless the document has it already; `ids`: of configurations by name.
void add_configuration(const Workload& workload, const Appearance& appearance,
                       std::map<std::string, std::string>& ids, Template& document) {
  const ir::Stage& stage = *appearance.stage;
  const ir::Element& element = *appearance.element;
  const std::string name = deployment_configuration(workload.facts, stage, element);
  if (!name.starts_with(workload.facts.names().base()) || ids.contains(name)) return;
  const ir::Value& strategy = *element.strategy;
  const bool canary = strategy.constructor() == "canary";
  const int64_t share = *strategy.find(canary ? "share" : "step")->as<int64_t>();
  const int64_t minutes = strategy.find(canary ? "bake" : "every")->as<Duration>()->seconds / 60;
  const Node routing =
      canary ? map({{"Type", "TimeBasedCanary"},
                    {"TimeBasedCanary", map({{"CanaryPercentage", share}, {"CanaryInterval", minutes}})}})
             : map({{"Type", "TimeBasedLinear"},
                    {"TimeBasedLinear", map({{"LinearPercentage", share}, {"LinearInterval", minutes}})}});
  ids[name] = document.add(
      logical_id({stage.name, element.name, "configuration"}),
      {.type = "AWS::CodeDeploy::DeploymentConfig",
       .properties = map(
           {{"DeploymentConfigName", name}, {"ComputePlatform", "ECS"}, {"TrafficRoutingConfig", routing}})});
}

}  // namespace

bool is_code_deploy(const ir::Element& element) {
  return uses(element, "ecs_service") && text_field(element, "controller") == "code_deploy";
}

void add_code_deploy_role(const Workload& workload, Template& document) {
  const ir::Environment& environment = workload.environment;
  Nodes services;
  Nodes listeners;
  Nodes rules;
  bool alarms = false;
  for (const auto& [id, appearances] : workload.elements) {
    const ir::Element& element = *appearances.front().element;
    if (!is_code_deploy(element)) continue;
    const std::string service =
        fmt::format("{}/{}", text_field(element, "cluster"), text_field(element, "service"));
    for (const std::string& region : environment.regions) {
      services.push_back(workload.arn("ecs", region, "service/" + service));
      services.push_back(workload.arn("ecs", region, "task-set/" + service + "/*"));
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
                          .resources = workload.arns("cloudwatch", "alarm:*")});
  }
  document.add("CodeDeployRole",
               resource_of(Role{.name = workload.facts.names().role(environment.name + "-codedeploy"),
                                .trust = AccountTrust{.service = "codedeploy.amazonaws.com",
                                                      .account = environment.account},
                                .statements = std::move(statements),
                                .boundary = workload.facts.boundary()}));
  document.output("CodeDeployRoleArn", get_att("CodeDeployRole", "Arn"));
}

// One application and one group: a service of ECS can belong to only one. Routes that shift the traffic in
// another way name another configuration when they deploy.
void add_code_deploy_group(const Workload& workload, const std::vector<Appearance>& appearances,
                           Template& document) {
  const Appearance& first = appearances.front();
  const ir::Element& element = *first.element;
  const auto waves = waves_of(workload.facts.pipeline(), *first.stage, element);
  const bool here = std::any_of(waves.begin(), waves.end(), [&](const Texts& wave) {
    return std::find(wave.begin(), wave.end(), workload.region) != wave.end();
  });
  if (!here) return;
  std::map<std::string, std::string> configurations;
  for (const Appearance& appearance : appearances)
    add_configuration(workload, appearance, configurations, document);
  const std::string name = workload.facts.names().deployment(*first.stage, element);
  const std::string application =
      document.add(logical_id({first.stage->name, element.name, "application"}),
                   {.type = "AWS::CodeDeploy::Application",
                    .properties = map({{"ApplicationName", name}, {"ComputePlatform", "ECS"}})});
  const auto listener = [&](const char* kind) {
    return map({{"ListenerArns", texts({std::string(field(element, kind)->find(workload.region)->text())})}});
  };
  Node groups = Node::sequence();
  for (const std::string& group : field(element, "target_groups")->texts())
    groups.add(map({{"Name", group}}));
  const Node pair = map({{"TargetGroups", std::move(groups)},
                         {"ProdTrafficRoute", listener("listeners")},
                         {"TestTrafficRoute", listener("test_listeners")}});
  const std::string own = deployment_configuration(workload.facts, *first.stage, element);
  Node properties =
      map({{"ApplicationName", reference(application)},
           {"DeploymentGroupName", name},
           {"ServiceRoleArn", code_deploy_role(workload, document)},
           {"DeploymentConfigName",
            own.starts_with(workload.facts.names().base()) ? reference(configurations.at(own)) : Node(own)},
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
  document.add(logical_id({first.stage->name, element.name, "group"}),
               {.type = "AWS::CodeDeploy::DeploymentGroup", .properties = std::move(properties)});
}

}  // namespace pipec::backends::codepipeline
