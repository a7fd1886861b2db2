#include "backends/codepipeline/model.h"

#include <type_traits>

#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

Node trust_statement(const ServiceTrust& trust) {
  return map({{"Effect", "Allow"},
              {"Principal", map({{"Service", *trust.service}})},
              {"Action", "sts:AssumeRole"},
              {"Condition", map({{"ArnEquals", map({{"aws:SourceArn", *trust.source_arn}})}})}});
}

Node trust_statement(const AccountTrust& trust) {
  return map({{"Effect", "Allow"},
              {"Principal", map({{"Service", *trust.service}})},
              {"Action", "sts:AssumeRole"},
              {"Condition", map({{"StringEqualsIfExists", map({{"aws:SourceAccount", *trust.account}})}})}});
}

Node trust_statement(const RoleTrust& trust) {
  return map({{"Effect", "Allow"},
              {"Principal", map({{"AWS", *trust.account_root}})},
              {"Action", "sts:AssumeRole"},
              {"Condition", map({{"ArnEquals", map({{"aws:PrincipalArn", texts(*trust.roles)}})}})}});
}

Node named_items(const std::vector<std::string>& names) {
  Node items = Node::sequence();
  for (const std::string& name : names)
    items.add(map({{"Name", name}}));
  return items;
}

struct ActionType {
  const char* category;
  const char* provider;
};

ActionType type_of(const ActionWork& work) {
  if (std::holds_alternative<ConnectionSource>(work)) return {"Source", "CodeStarSourceConnection"};
  if (std::holds_alternative<CodeCommitSource>(work)) return {"Source", "CodeCommit"};
  if (const auto* build = std::get_if<Build>(&work)) return {*build->test ? "Test" : "Build", "CodeBuild"};
  if (std::holds_alternative<Invoke>(work)) return {"Invoke", "Lambda"};
  if (std::holds_alternative<Approval>(work)) return {"Approval", "Manual"};
  return {"Deploy", "CloudFormation"};
}

// The clone has the whole history; only builds can use such a source. Triggers and rules start the pipeline.
Node configuration(const ConnectionSource& source) {
  return map({{"ConnectionArn", *source.connection},
              {"FullRepositoryId", *source.repository},
              {"BranchName", *source.branch},
              {"OutputArtifactFormat", "CODEBUILD_CLONE_REF"},
              {"DetectChanges", "false"}});
}
Node configuration(const CodeCommitSource& source) {
  return map({{"RepositoryName", *source.repository},
              {"BranchName", *source.branch},
              {"OutputArtifactFormat", "CODEBUILD_CLONE_REF"},
              {"PollForSourceChanges", "false"}});
}
Node configuration(const Build& build) {
  Node node = map({{"ProjectName", reference(*build.project)}});
  if (!build.variables.empty()) node.set("EnvironmentVariables", environment_json(build.variables));
  return node;
}
Node configuration(const Invoke& invoke) {
  return map({{"FunctionName", *invoke.function}, {"UserParameters", *invoke.parameters}});
}
Node configuration(const CreateChangeSet& change) {
  Node node = map({{"ActionMode", "CHANGE_SET_REPLACE"},
                   {"StackName", *change.stack},
                   {"ChangeSetName", *change.change_set},
                   {"TemplatePath", *change.template_path},
                   {"Capabilities", "CAPABILITY_NAMED_IAM"},
                   {"RoleArn", *change.role}});
  if (!change.parameters.empty()) node.set("ParameterOverrides", change.parameters);
  return node;
}
Node configuration(const ExecuteChangeSet& change) {
  return map({{"ActionMode", "CHANGE_SET_EXECUTE"},
              {"StackName", *change.stack},
              {"ChangeSetName", *change.change_set}});
}
Node configuration(const Approval& approval) {
  Node node = map({{"NotificationArn", *approval.topic}, {"CustomData", *approval.text}});
  if (!approval.link.empty()) node.set("ExternalEntityLink", approval.link);
  return node;
}

Node node_of(const Action& action) {
  const ActionType type = type_of(*action.work);
  Node configured = std::visit([](const auto& work) { return configuration(work); }, *action.work);
  if (std::holds_alternative<Build>(*action.work) && action.inputs.size() > 1) {
    configured.set("PrimarySource", action.inputs.front());
  }
  Node node = map(
      {{"Name", *action.name},
       {"ActionTypeId",
        map({{"Category", type.category}, {"Owner", "AWS"}, {"Provider", type.provider}, {"Version", "1"}})},
       {"RunOrder", *action.run_order},
       {"Configuration", std::move(configured)}});
  if (!action.inputs.empty()) node.set("InputArtifacts", named_items(action.inputs));
  if (!action.outputs.empty()) node.set("OutputArtifacts", named_items(action.outputs));
  if (!action.variables.empty()) node.set("Namespace", action.variables);
  if (!action.region.empty()) node.set("Region", action.region);
  if (!action.role.empty()) node.set("RoleArn", action.role);
  if (const auto* approval = std::get_if<Approval>(&*action.work))
    node.set("TimeoutInMinutes", *approval->timeout_minutes);
  return node;
}

Node node_of(const Stage& stage) {
  Node node = map({{"Name", *stage.name}});
  if (stage.condition) {
    const EntryCondition& condition = *stage.condition;
    const Node rule =
        map({{"Name", *condition.rule},
             {"RuleTypeId",
              map({{"Category", "Rule"}, {"Owner", "AWS"}, {"Provider", "VariableCheck"}, {"Version", "1"}})},
             {"Configuration", map({{"Variable", *condition.variable},
                                    {"Operator", *condition.comparison},
                                    {"Value", *condition.value}})}});
    const char* result = *condition.result == EntryCondition::Result::fail ? "FAIL" : "SKIP";
    node.set("BeforeEntry",
             map({{"Conditions", list({map({{"Result", result}, {"Rules", list({rule})}})})}}));
  }
  Node actions = Node::sequence();
  for (const Action& action : stage.actions)
    actions.add(node_of(action));
  node.set("Actions", std::move(actions));
  return node;
}

Node includes(const std::vector<std::string>& patterns) { return map({{"Includes", texts(patterns)}}); }

Node filter(const char* key, const std::vector<std::string>& patterns,
            const std::vector<std::string>& paths) {
  Node node = map({{key, includes(patterns)}});
  if (!paths.empty()) node.set("FilePaths", includes(paths));
  return node;
}

Node node_of(const Trigger& trigger, const std::string& source_action) {
  Node git = map({{"SourceActionName", source_action}});
  Node push = Node::sequence();
  if (!trigger.branches.empty()) push.add(filter("Branches", trigger.branches, trigger.paths));
  if (!trigger.tags.empty()) push.add(filter("Tags", trigger.tags, {}));
  if (!push.empty()) git.set("Push", std::move(push));
  if (!trigger.pull_requests.empty()) {
    Node events = filter("Branches", trigger.pull_requests, trigger.paths);
    events.set("Events", texts({"OPEN", "UPDATED"}));
    git.set("PullRequest", list({std::move(events)}));
  }
  return map({{"ProviderType", "CodeStarSourceConnection"}, {"GitConfiguration", std::move(git)}});
}

Node node_of(const ArtifactStore& store) {
  return map({{"Type", "S3"},
              {"Location", *store.bucket},
              {"EncryptionKey", map({{"Type", "KMS"}, {"Id", *store.key}})}});
}

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::superseded:
      return "SUPERSEDED";
    case Mode::queued:
      return "QUEUED";
    case Mode::parallel:
      return "PARALLEL";
  }
  return "";
}

}  // namespace

std::string environment_json(const Variables& variables) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& [name, value] : variables)
    json.push_back({{"name", name}, {"value", value}});
  return json.dump();
}

Node policy_document(const std::vector<Statement>& statements) {
  Node list_of_statements = Node::sequence();
  for (const Statement& statement : statements) {
    Node node = map({{"Sid", *statement.sid},
                     {"Effect", "Allow"},
                     {"Action", texts(*statement.actions)},
                     {"Resource", statement.resources->size() == 1 ? statement.resources->front()
                                                                   : list(*statement.resources)}});
    if (!statement.condition.empty()) node.set("Condition", statement.condition);
    list_of_statements.add(std::move(node));
  }
  return map({{"Version", "2012-10-17"}, {"Statement", std::move(list_of_statements)}});
}

Resource resource_of(const Role& role) {
  const Node trust = std::visit([](const auto& kind) { return trust_statement(kind); }, *role.trust);
  Node properties =
      map({{"RoleName", *role.name},
           {"AssumeRolePolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list({trust})}})}});
  if (!role.boundary.empty()) properties.set("PermissionsBoundary", role.boundary);
  if (!role.managed_policies.empty()) properties.set("ManagedPolicyArns", role.managed_policies);
  if (!role.statements.empty()) {
    properties.set(
        "Policies",
        list({map({{"PolicyName", "pipec"}, {"PolicyDocument", policy_document(role.statements)}})}));
  }
  return {.type = "AWS::IAM::Role", .properties = std::move(properties)};
}

Resource resource_of(const ManagedPolicy& policy) {
  Node properties = map({{"ManagedPolicyName", *policy.name},
                         {"Description", *policy.description},
                         {"PolicyDocument", policy_document(*policy.statements)}});
  if (!policy.roles.empty()) properties.set("Roles", texts(policy.roles));
  return {.type = "AWS::IAM::ManagedPolicy", .properties = std::move(properties)};
}

Resource resource_of(const Project& project) {
  Node source = map({{"Type", "CODEPIPELINE"}, {"BuildSpec", *project.buildspec}});
  if (project.source) {
    source = map({{"Type", *project.source->type},
                  {"Location", *project.source->location},
                  {"BuildSpec", *project.buildspec}});
    if (!project.source->connection.empty())
      source.set("Auth", map({{"Type", "CODECONNECTIONS"}, {"Resource", project.source->connection}}));
  }
  Node environment =
      map({{"Type", "LINUX_CONTAINER"}, {"Image", *project.image}, {"ComputeType", *project.compute}});
  if (*project.privileged) environment.set("PrivilegedMode", true);
  if (!project.variables.empty()) {
    Node variables = Node::sequence();
    for (const auto& [name, value] : project.variables)
      variables.add(map({{"Name", name}, {"Value", value}}));
    environment.set("EnvironmentVariables", std::move(variables));
  }
  const Node logs =
      map({{"Status", "ENABLED"}, {"GroupName", *project.log_group}, {"StreamName", *project.log_stream}});
  Resource resource{
      .type = "AWS::CodeBuild::Project",
      .properties = map({{"Name", *project.name},
                         {"Description", *project.description},
                         {"ServiceRole", get_att(*project.role, "Arn")},
                         {"Source", std::move(source)},
                         {"Artifacts", map({{"Type", project.source ? "NO_ARTIFACTS" : "CODEPIPELINE"}})},
                         {"Environment", std::move(environment)},
                         {"TimeoutInMinutes", *project.timeout_minutes},
                         {"LogsConfig", map({{"CloudWatchLogs", logs}})}})};
  if (!project.cache.empty())
    resource.properties.set("Cache", map({{"Type", "S3"}, {"Location", project.cache}}));
  return resource;
}

Resource resource_of(const Pipeline& pipeline) {
  Node properties = map({{"Name", *pipeline.name},
                         {"PipelineType", "V2"},
                         {"ExecutionMode", name_of(*pipeline.mode)},
                         {"RoleArn", get_att(*pipeline.role, "Arn")}});
  if (pipeline.stores->size() == 1) {
    properties.set("ArtifactStore", node_of(pipeline.stores->front()));
  } else {
    Node stores = Node::sequence();
    for (const ArtifactStore& store : *pipeline.stores)
      stores.add(map({{"Region", *store.region}, {"ArtifactStore", node_of(store)}}));
    properties.set("ArtifactStores", std::move(stores));
  }
  if (!pipeline.variables.empty()) {
    Node variables = Node::sequence();
    for (const auto& [name, value] : pipeline.variables)
      variables.add(map({{"Name", name}, {"DefaultValue", value}}));
    properties.set("Variables", std::move(variables));
  }
  if (!pipeline.trigger.empty()) {
    properties.set("Triggers",
                   list({node_of(pipeline.trigger, *pipeline.stages->front().actions.front().name)}));
  }
  if (!pipeline.closed_stage.empty()) {
    const Node closed = map(
        {{"StageName", pipeline.closed_stage}, {"Reason", "deploy.sh opens it when everything is in place"}});
    properties.set("DisableInboundStageTransitions", list({closed}));
  }
  Node stages = Node::sequence();
  for (const Stage& stage : *pipeline.stages)
    stages.add(node_of(stage));
  properties.set("Stages", std::move(stages));
  return {.type = "AWS::CodePipeline::Pipeline", .properties = std::move(properties)};
}

}  // namespace pipec::backends::codepipeline
