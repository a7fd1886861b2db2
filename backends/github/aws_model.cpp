#include "backends/github/aws_model.h"

#include "compiler/support/check.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

using yaml::Node;

// GitHub documentation, "Configuring OpenID Connect in Amazon Web Services".
constexpr std::string_view issuer = "token.actions.githubusercontent.com";
constexpr std::string_view audience = "sts.amazonaws.com";
constexpr std::string_view create_provider = "CreateIdentityProvider";
// GitHub ends a hosted job after six hours; no session of a job has to be longer.
constexpr int64_t session_seconds = 21600;

Node map(std::vector<std::pair<std::string, Node>> entries) { return Node::mapping(std::move(entries)); }
Node reference(std::string_view id) { return Node::tagged("Ref", id); }

Node texts(const std::vector<std::string>& items) {
  Node list = Node::sequence();
  for (const std::string& item : items)
    list.add(item);
  return list;
}

Node named(const std::vector<std::string>& items) {
  Node list = Node::sequence();
  for (const std::string& item : items)
    list.add(map({{"Name", item}}));
  return list;
}

Node statement_node(const Statement& statement) {
  PIPEC_CHECK(statement.resources.empty() != statement.resources_parameter.empty());
  Node node = map({{"Sid", *statement.sid}, {"Effect", "Allow"}, {"Action", texts(*statement.actions)}});
  const bool given = !statement.resources_parameter.empty();
  node.set("Resource", given ? reference(statement.resources_parameter) : texts(statement.resources));
  if (!statement.conditions.empty()) {
    Node equal = Node::mapping();
    for (const auto& [key, values] : statement.conditions)
      equal.set(key, texts(values));
    node.set("Condition", map({{"StringEquals", equal}}));
  }
  return node;
}

Node document(Node statements) {
  return map({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

Node sub(std::string text) { return Node::tagged("Sub", std::move(text)); }

Node subjects_of(const WorkflowTrust& trust) {
  Node subjects = Node::sequence();
  for (const std::string& environment : *trust.environments) {
    subjects.add(sub(fmt::format("${{SubjectPrefix}}:environment:{}", environment)));
  }
  return subjects;
}

Node trust_of(const Role& role) {
  Node statement = map({{"Effect", "Allow"}});
  Node equal = Node::mapping();
  if (const auto* service = std::get_if<ServiceTrust>(&*role.trust)) {
    statement.set("Principal", map({{"Service", *service->service}}));
    statement.set("Action", "sts:AssumeRole");
    equal.set("aws:SourceAccount", reference("AWS::AccountId"));
  } else {
    const auto& workflow = std::get<WorkflowTrust>(*role.trust);
    const std::string existing =
        fmt::format("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{}", issuer);
    const Node provider =
        Node::tagged("If", Node::sequence({create_provider, reference("IdentityProvider"), sub(existing)}));
    statement.set("Principal", map({{"Federated", provider}}));
    statement.set("Action", "sts:AssumeRoleWithWebIdentity");
    equal.set(fmt::format("{}:aud", issuer), audience);
    equal.set(fmt::format("{}:sub", issuer), subjects_of(workflow));
    equal.set(fmt::format("{}:repository_id", issuer), reference("RepositoryId"));
    equal.set(fmt::format("{}:job_workflow_ref", issuer), texts(*workflow.workflows));
  }
  statement.set("Condition", map({{"StringEquals", equal}}));
  return document(Node::sequence({statement}));
}

void retain(Node& resource) {
  resource.set("DeletionPolicy", "Retain");
  resource.set("UpdateReplacePolicy", "Retain");
}

Node parameter(std::string_view type, std::string_view description) {
  return map({{"Type", type}, {"Description", description}});
}

// A choice between `true` and `false`, and the condition that it is `true`.
void add_choice(Node& parameters, Node& conditions, std::string_view name, bool otherwise,
                std::string_view description) {
  Node choice = parameter("String", description);
  choice.set("Default", otherwise ? "true" : "false");
  choice.set("AllowedValues", texts({"true", "false"}));
  parameters.set(std::string(name), choice);
  conditions.set(std::string(name), map({{"Fn::Equals", Node::sequence({reference(name), Node("true")})}}));
}

}  // namespace

void Template::add_identity_provider(bool create) {
  add_choice(parameters_, conditions_, create_provider, create,
             "Whether this stack adds GitHub as an identity provider; an account has one at most");
  Node repository = parameter("String", "The number of the repository; setup.sh prints it");
  repository.set("AllowedPattern", "[0-9]+");
  parameters_.set("RepositoryId", repository);
  Node subject = parameter("String", "How the subjects of the repository's jobs begin; setup.sh prints it");
  subject.set("AllowedPattern", "repo:[^:*?]+");
  parameters_.set("SubjectPrefix", subject);
  Node provider = map({{"Type", "AWS::IAM::OIDCProvider"}, {"Condition", create_provider}});
  // Other stacks of the account rest on it.
  retain(provider);
  provider.set("Properties", map({{"Url", fmt::format("https://{}", issuer)},
                                  {"ClientIdList", texts({std::string(audience)})}}));
  resources_.set("IdentityProvider", provider);
}

void Template::add_list_parameter(std::string_view name, std::string_view description) {
  parameters_.set(std::string(name), parameter("CommaDelimitedList", description));
}

void Template::add(std::string_view id, const Role& role) {
  const bool workflow = std::holds_alternative<WorkflowTrust>(*role.trust);
  Node properties = map({{"RoleName", *role.name},
                         {"Description", *role.description},
                         {"AssumeRolePolicyDocument", trust_of(role)}});
  if (workflow) properties.set("MaxSessionDuration", session_seconds);
  if (!role.policies_parameter.empty())
    properties.set("ManagedPolicyArns", reference(role.policies_parameter));
  if (!role.statements->empty()) {
    Node statements = Node::sequence();
    for (const Statement& statement : *role.statements)
      statements.add(statement_node(statement));
    properties.set(
        "Policies",
        Node::sequence({map({{"PolicyName", "pipec"}, {"PolicyDocument", document(statements)}})}));
  }
  PIPEC_CHECK(resources_.find(id) == nullptr);
  resources_.set(std::string(id), map({{"Type", "AWS::IAM::Role"}, {"Properties", properties}}));
}

std::string Template::unique_id(std::string_view kind, std::string_view name) const {
  std::string wanted(kind);
  bool start = true;
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (kept) wanted += start && lower ? static_cast<char>(c - 'a' + 'A') : c;
    start = !kept;
  }
  std::string id = wanted;
  for (int number = 2; resources_.find(id) != nullptr; ++number)
    id = fmt::format("{}{}", wanted, number);
  return id;
}

void Template::add_application(const std::string& name) {
  application_id_ = "Application";
  resources_.set(application_id_,
                 map({{"Type", "AWS::CodeDeploy::Application"},
                      {"Properties", map({{"ApplicationName", name}, {"ComputePlatform", "ECS"}})}}));
}

void Template::add(const DeploymentConfig& config) {
  const bool known = std::any_of(config_ids_.begin(), config_ids_.end(),
                                 [&](const auto& entry) { return entry.first == *config.name; });
  if (known) return;
  const std::string kind = *config.canary ? "Canary" : "Linear";
  const Node routing = map({{"Type", "TimeBased" + kind},
                            {"TimeBased" + kind, map({{kind + "Percentage", *config.percentage},
                                                      {kind + "Interval", *config.interval_minutes}})}});
  const std::string id = unique_id("Config", kind);
  resources_.set(id, map({{"Type", "AWS::CodeDeploy::DeploymentConfig"},
                          {"Properties", map({{"DeploymentConfigName", *config.name},
                                              {"ComputePlatform", "ECS"},
                                              {"TrafficRoutingConfig", routing}})}}));
  config_ids_.emplace_back(*config.name, id);
}

void Template::add(const DeploymentGroup& group) {
  PIPEC_CHECK(!application_id_.empty());
  Node pair = map({{"TargetGroups", named(*group.target_groups)},
                   {"ProdTrafficRoute", map({{"ListenerArns", texts({*group.listener})}})}});
  if (!group.test_listener.empty())
    pair.set("TestTrafficRoute", map({{"ListenerArns", texts({group.test_listener})}}));
  const auto own = std::find_if(config_ids_.begin(), config_ids_.end(),
                                [&](const auto& entry) { return entry.first == *group.config; });
  std::vector<std::string> events{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"};
  if (!group.alarms.empty()) events.emplace_back("DEPLOYMENT_STOP_ON_ALARM");
  Node rollback = map({{"Enabled", *group.rolls_back}});
  if (*group.rolls_back) rollback.set("Events", texts(events));
  Node properties =
      map({{"ApplicationName", reference(application_id_)},
           {"DeploymentGroupName", *group.name},
           {"ServiceRoleArn",
            sub(fmt::format("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{}", *group.role))},
           {"DeploymentConfigName", own == config_ids_.end() ? Node(*group.config) : reference(own->second)},
           {"DeploymentStyle",
            map({{"DeploymentType", "BLUE_GREEN"}, {"DeploymentOption", "WITH_TRAFFIC_CONTROL"}})},
           {"ECSServices",
            Node::sequence({map({{"ClusterName", *group.cluster}, {"ServiceName", *group.service}})})},
           {"LoadBalancerInfo", map({{"TargetGroupPairInfoList", Node::sequence({pair})}})},
           // A deployment counts as under way until the old tasks are gone, so nobody waits with them.
           {"BlueGreenDeploymentConfiguration",
            map({{"DeploymentReadyOption",
                  map({{"ActionOnTimeout", "CONTINUE_DEPLOYMENT"}, {"WaitTimeInMinutes", 0}})},
                 {"TerminateBlueInstancesOnDeploymentSuccess",
                  map({{"Action", "TERMINATE"}, {"TerminationWaitTimeInMinutes", 0}})}})},
           {"AutoRollbackConfiguration", rollback}});
  if (!group.alarms.empty())
    properties.set("AlarmConfiguration", map({{"Enabled", true}, {"Alarms", named(group.alarms)}}));
  const std::string id = unique_id("Group", fmt::format("{} {}", *group.cluster, *group.service));
  resources_.set(id, map({{"Type", "AWS::CodeDeploy::DeploymentGroup"}, {"Properties", properties}}));
}

void Template::add(const Repository& repository) {
  if (conditions_.find("CreateRepositories") == nullptr) {
    add_choice(parameters_, conditions_, "CreateRepositories", true,
               "Whether this stack makes the repositories of images; they stay when it is deleted");
  }
  Node resource = map({{"Type", "AWS::ECR::Repository"}, {"Condition", "CreateRepositories"}});
  retain(resource);
  Node properties = map({{"RepositoryName", *repository.name},
                         {"ImageTagMutability", "IMMUTABLE"},
                         {"ImageScanningConfiguration", map({{"ScanOnPush", true}})}});
  if (!repository.readers.empty()) {
    Node roots = Node::sequence();
    for (const std::string& account : repository.readers) {
      roots.add(sub(fmt::format("arn:${{AWS::Partition}}:iam::{}:root", account)));
    }
    const Node statement = map({{"Sid", "FetchImages"},
                                {"Effect", "Allow"},
                                {"Principal", map({{"AWS", roots}})},
                                {"Action", texts({"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                                                  "ecr:GetDownloadUrlForLayer"})}});
    properties.set("RepositoryPolicyText", document(Node::sequence({statement})));
  }
  resource.set("Properties", properties);
  resources_.set(unique_id("Repository", *repository.name), resource);
}

std::string Template::text(std::string_view header) const {
  Node root = map({{"AWSTemplateFormatVersion", "2010-09-09"}, {"Description", description_}});
  if (!parameters_.empty()) root.set("Parameters", parameters_);
  if (!conditions_.empty()) root.set("Conditions", conditions_);
  root.set("Resources", resources_);
  return yaml::write(root, header);
}

}  // namespace pipec::backends::github
