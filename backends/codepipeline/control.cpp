// The control template: what outlives the pipelines.
#include "backends/codepipeline/embedded.h"
#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/rules.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/values.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;
using Nodes = std::vector<Node>;
using Json = nlohmann::ordered_json;

class ControlTemplate {
 public:
  explicit ControlTemplate(const Facts& facts)
      : facts_(facts),
        names_(facts.names()),
        document_(fmt::format("Ledger and controls of the pipeline {}", facts.pipeline().name)) {}

  Template run() {
    add_parameters();
    if (facts_.uses_connection() && facts_.setting("connection").empty()) add_connection();
    add_repositories();
    add_ledger();
    add_notices();
    add_dead_letters();
    add_ledger_function();
    add_notify_function();
    add_rules();
    add_policies();
    if (!facts_.pipeline().metrics.empty()) add_dashboard();
    return std::move(document_);
  }

 private:
  void add_parameters() {
    document_.parameter(key_parameter(names_.region()), "String",
                        "ARN of the key for artifacts in this region");
    document_.parameter("AdminRoleArn", "String",
                        "The role that deploys these stacks and corrects the ledger");
    if (has_images()) {
      document_.parameter("ImagePullRoleArns", "CommaDelimitedList",
                          "Roles of other accounts that pull images to run them");
    }
  }

  bool has_images() const {
    for (const ir::Artifact& artifact : facts_.pipeline().artifacts) {
      if (!is_files(artifact) && !artifact.maker.empty()) return true;
    }
    return false;
  }

  void add_connection() {
    const std::string id = document_.add(
        "Connection",
        {.type = "AWS::CodeConnections::Connection",
         .properties = map({{"ConnectionName", names_.connection()}, {"ProviderType", "GitHub"}}),
         .retain = true});
    document_.output("ConnectionArn", reference(id));
  }

  // Tags cannot be moved, so that a digest never loses its name; images are scanned when they are pushed.
  void add_repositories() {
    std::set<std::string> repositories;
    for (const ir::Artifact& artifact : facts_.pipeline().artifacts) {
      if (!is_files(artifact) && !artifact.maker.empty()) repositories.insert(artifact.repository);
    }
    Texts accounts;
    for (const ir::Environment& environment : facts_.pipeline().environments) {
      const std::string root = names_.arn("iam", "", environment.account, "root");
      if (!environment.account.empty() && std::find(accounts.begin(), accounts.end(), root) == accounts.end())
        accounts.push_back(root);
    }
    for (const std::string& repository : repositories) {
      Node properties = map({{"RepositoryName", repository},
                             {"ImageTagMutability", "IMMUTABLE"},
                             {"ImageScanningConfiguration", map({{"ScanOnPush", true}})}});
      if (!accounts.empty()) {
        const Node statement = map(
            {{"Sid", "PullFromEnvironments"},
             {"Effect", "Allow"},
             {"Principal", map({{"AWS", texts(accounts)}})},
             {"Action",
              texts({"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"})},
             {"Condition",
              map({{"ArnEquals", map({{"aws:PrincipalArn", reference("ImagePullRoleArns")}})}})}});
        properties.set("RepositoryPolicyText",
                       map({{"Version", "2012-10-17"}, {"Statement", list({statement})}}));
      }
      document_.add(logical_id({"repository", repository}),
                    {.type = "AWS::ECR::Repository", .properties = std::move(properties), .retain = true});
    }
  }

  // The table's own policy keeps everybody else from writing, whatever rights they have in the account.
  void add_ledger() {
    Texts writers{names_.role_arn(names_.account(), names_.function("ledger"))};
    for (const ir::Route* route : facts_.routes()) {
      for (const ir::Stage& stage : route->stages) {
        if (!facts_.guarded(stage)) continue;
        const std::string guard = names_.role_arn(names_.account(), names_.project_role(*route, "guard"));
        if (std::find(writers.begin(), writers.end(), guard) == writers.end()) writers.push_back(guard);
      }
    }
    for (const Approvers& approvers : approvers_of(facts_))
      writers.push_back(names_.role_arn(names_.account(), approvers.role));
    Node writing = texts(writers);
    writing.add(reference("AdminRoleArn"));
    const Node deny =
        map({{"Sid", "NobodyElseWrites"},
             {"Effect", "Deny"},
             {"Principal", "*"},
             {"Action", texts({"dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem",
                               "dynamodb:UpdateItem"})},
             {"Resource", table_arn()},
             {"Condition", map({{"ArnNotEquals", map({{"aws:PrincipalArn", std::move(writing)}})}})}});
    document_.add(
        "Ledger",
        {.type = "AWS::DynamoDB::Table",
         .properties = map(
             {{"TableName", names_.ledger()},
              {"BillingMode", "PAY_PER_REQUEST"},
              {"AttributeDefinitions", list({map({{"AttributeName", "pk"}, {"AttributeType", "S"}}),
                                             map({{"AttributeName", "sk"}, {"AttributeType", "S"}})})},
              {"KeySchema", list({map({{"AttributeName", "pk"}, {"KeyType", "HASH"}}),
                                  map({{"AttributeName", "sk"}, {"KeyType", "RANGE"}})})},
              {"DeletionProtectionEnabled", true},
              {"PointInTimeRecoverySpecification", map({{"PointInTimeRecoveryEnabled", true}})},
              {"SSESpecification", map({{"SSEEnabled", true}})},
              {"ResourcePolicy",
               map({{"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list({deny})}})}})}}),
         .retain = true});
  }

  std::string table_arn() const { return names_.arn("dynamodb", "table/" + names_.ledger()); }
  std::string topic_arn() const { return names_.arn("sns", names_.base() + "-notices"); }

  void add_notices() {
    const std::string id = document_.add(
        "Notices", {.type = "AWS::SNS::Topic",
                    .properties = map({{"TopicName", names_.base() + "-notices"},
                                       {"KmsMasterKeyId", reference(key_parameter(names_.region()))}})});
    const Node alarms =
        map({{"Sid", "Alarms"},
             {"Effect", "Allow"},
             {"Principal", map({{"Service", "cloudwatch.amazonaws.com"}})},
             {"Action", "sns:Publish"},
             {"Resource", topic_arn()},
             {"Condition", map({{"StringEquals", map({{"aws:SourceAccount", names_.account()}})}})}});
    document_.add(
        "NoticesPolicy",
        {.type = "AWS::SNS::TopicPolicy",
         .properties =
             map({{"Topics", list({reference(id)})},
                  {"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list({alarms})}})}})});
    const auto subscribe = [&](const ir::Value& channel) {
      if (channel.constructor() != "email") return;
      document_.add("Subscription", {.type = "AWS::SNS::Subscription",
                                     .properties = map({{"TopicArn", reference(id)},
                                                        {"Protocol", "email"},
                                                        {"Endpoint", channel.find("address")->text()}})});
    };
    for (const ir::Value& channel : facts_.pipeline().notify)
      subscribe(channel);
    document_.output("NoticesTopic", reference(id));
  }

  // Events and calls that failed for good. Nothing here is normal, so one message is an alarm.
  void add_dead_letters() {
    const std::string name = names_.dead_letters();
    const std::string id = document_.add(
        "DeadLetters",
        {.type = "AWS::SQS::Queue",
         .properties = map(
             {{"QueueName", name}, {"MessageRetentionPeriod", 1209600}, {"SqsManagedSseEnabled", true}})});
    const Node events =
        map({{"Sid", "Events"},
             {"Effect", "Allow"},
             {"Principal", map({{"Service", "events.amazonaws.com"}})},
             {"Action", "sqs:SendMessage"},
             {"Resource", names_.arn("sqs", name)},
             {"Condition",
              map({{"ArnLike",
                    map({{"aws:SourceArn", names_.arn("events", "rule/" + names_.base() + "-*")}})}})}});
    document_.add(
        "DeadLettersPolicy",
        {.type = "AWS::SQS::QueuePolicy",
         .properties =
             map({{"Queues", list({reference(id)})},
                  {"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list({events})}})}})});
    document_.add(
        "DeadLettersAlarm",
        {.type = "AWS::CloudWatch::Alarm",
         .properties =
             map({{"AlarmName", name},
                  {"AlarmDescription", "An event of the pipeline was not delivered, or a function failed"},
                  {"Namespace", "AWS/SQS"},
                  {"MetricName", "ApproximateNumberOfMessagesVisible"},
                  {"Dimensions", list({map({{"Name", "QueueName"}, {"Value", get_att(id, "QueueName")}})})},
                  {"Statistic", "Maximum"},
                  {"Period", 60},
                  {"EvaluationPeriods", 1},
                  {"Threshold", 0},
                  {"ComparisonOperator", "GreaterThanThreshold"},
                  {"TreatMissingData", "notBreaching"},
                  {"AlarmActions", list({reference("Notices")})}})});
  }

  struct Function {
    Required<std::string> name;
    Required<std::string> description;
    Required<std::string> code;
    Required<int64_t> timeout;
    Required<std::vector<Statement>> statements;
    Required<Node> variables;
  };

  // Returns the id of the function.
  std::string add_function(const Function& function) {
    const std::string name = names_.function(*function.name);
    const std::string log = "/aws/lambda/" + name;
    document_.add(logical_id({*function.name, "log"}),
                  {.type = "AWS::Logs::LogGroup",
                   .properties = map({{"LogGroupName", log}, {"RetentionInDays", facts_.number("log_days")}}),
                   .retain = true});
    std::vector<Statement> statements = *function.statements;
    statements.push_back({.sid = "WriteLog",
                          .actions = Texts{"logs:CreateLogStream", "logs:PutLogEvents"},
                          .resources = Nodes{names_.arn("logs", "log-group:" + log + ":*")}});
    statements.push_back({.sid = "SendDeadLetters",
                          .actions = Texts{"sqs:SendMessage"},
                          .resources = Nodes{get_att("DeadLetters", "Arn")}});
    const std::string role = document_.add(
        logical_id({*function.name, "role"}),
        resource_of(
            Role{.name = name,
                 .trust = AccountTrust{.service = "lambda.amazonaws.com", .account = names_.account()},
                 .statements = std::move(statements),
                 .boundary = facts_.boundary()}));
    return document_.add(
        logical_id({*function.name, "function"}),
        {.type = "AWS::Lambda::Function",
         .properties = map({{"FunctionName", name},
                            {"Description", *function.description},
                            {"Runtime", "python3.13"},
                            {"Architectures", texts({"arm64"})},
                            {"Handler", "index.handler"},
                            {"Timeout", *function.timeout},
                            {"MemorySize", 512},
                            {"Role", get_att(role, "Arn")},
                            {"DeadLetterConfig", map({{"TargetArn", get_att("DeadLetters", "Arn")}})},
                            {"Environment", map({{"Variables", *function.variables}})},
                            {"Code", map({{"ZipFile", *function.code}})}})});
  }

  void add_ledger_function();
  void add_notify_function();
  void add_rules();
  void allow_events(const std::string& function, const std::string& rule, std::string_view what);
  void add_policies();
  void add_dashboard();
  Texts pipeline_names() const {
    Texts all;
    for (const ir::Route* route : facts_.routes())
      all.push_back(names_.pipeline(*route));
    return all;
  }

  const Facts& facts_;
  const Names& names_;
  Template document_;
};

void ControlTemplate::add_ledger_function() {
  const ir::Pipeline& pipeline = facts_.pipeline();
  const ir::Route* backfill = facts_.backfill();
  const auto& policy = pipeline.hotfix;
  const std::set<std::string>& locked = facts_.locked_environments();
  Nodes executions;
  for (const std::string& name : pipeline_names())
    executions.push_back(names_.arn("codepipeline", name));
  std::vector<Statement> statements{
      {.sid = "KeepLedger",
       .actions = Texts{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan",
                        "dynamodb:UpdateItem"},
       .resources = Nodes{table_arn()}},
      // The actions know no resources.
      {.sid = "AnswerPipelines",
       .actions = Texts{"codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"},
       .resources = Nodes{"*"}},
      {.sid = "AskForRuns",
       .actions = Texts{"codepipeline:GetPipelineExecution", "codepipeline:ListActionExecutions"},
       .resources = executions},
      {.sid = "Notify",
       .actions = Texts{"lambda:InvokeFunction"},
       .resources = Nodes{names_.arn("lambda", "function:" + names_.function("notify"))}}};
  if (policy) {
    statements.push_back({.sid = "OpenReview",
                          .actions = Texts{"ssm:CreateOpsItem"},
                          .resources = Nodes{names_.arn("ssm", "opsitem/*")}});
  }
  if (backfill != nullptr) {
    statements.push_back({.sid = "StartBackfill",
                          .actions = Texts{"codepipeline:StartPipelineExecution"},
                          .resources = Nodes{names_.arn("codepipeline", names_.pipeline(*backfill))}});
  }
  const ir::Source& source = pipeline.sources.front();
  const std::string compare =
      facts_.uses_connection()
          ? fmt::format("https://github.com/{}/compare/{}...", source.repository, source.branch)
          : fmt::format("{}: {}...", source.repository, source.branch);
  add_function({.name = "ledger",
                .description = "Keeps the ledger: what is live where, and who may change it",
                .code = std::string(embedded::ledger_py),
                .timeout = 60,
                .statements = std::move(statements),
                .variables = map(
                    {{"TABLE", reference("Ledger")},
                     {"PIPELINE", pipeline.name},
                     {"REPOSITORY", source.repository},
                     {"COMPARE", compare},
                     {"ENVIRONMENTS", Json(locked).dump()},
                     {"NOTIFY", names_.function("notify")},
                     {"BACKFILL", backfill == nullptr ? "" : names_.pipeline(*backfill)},
                     {"SOURCE_ACTION", source_action},
                     {"BRANCHES", facts_.branch_expression()},
                     {"WITHIN", std::to_string(policy ? policy->backfill_within.seconds : 0)},
                     {"LIMIT", std::to_string(policy && policy->limit ? policy->limit->first : 0)},
                     {"PER", std::to_string(policy && policy->limit ? policy->limit->second.seconds : 0)}})});
}

void ControlTemplate::add_notify_function() {
  const ir::Pipeline& pipeline = facts_.pipeline();
  Json channels =
      Json::array({{{"kind", "sns"}, {"to", topic_arn()}, {"pipeline", ""}, {"on", pipeline.notify_on}}});
  Nodes secrets;
  Nodes topics{topic_arn()};
  const auto add = [&](const ir::Value& channel, const std::string& of, const Json& on) {
    if (channel.constructor() == "slack") {
      const std::string secret(channel.find("webhook")->find("name")->text());
      channels.push_back({{"kind", "slack"}, {"to", secret}, {"pipeline", of}, {"on", on}});
      secrets.push_back(names_.arn("secretsmanager", fmt::format("secret:{}-??????", secret)));
    } else if (channel.constructor() == "sns") {
      channels.push_back(
          {{"kind", "sns"}, {"to", channel.find("topic")->text()}, {"pipeline", of}, {"on", on}});
      topics.push_back(channel.find("topic")->text());
    }
  };
  for (const ir::Value& channel : pipeline.notify)
    add(channel, "", Json(pipeline.notify_on));
  Json notes = Json::object();
  const ir::Route* hotfix = pipeline.find_route(ir::RouteKind::hotfix);
  if (pipeline.hotfix && hotfix != nullptr) {
    const Json everything{"started", "waiting", "succeeded", "failed", "rolled_back"};
    for (const ir::Value& channel : pipeline.hotfix->notify)
      add(channel, names_.pipeline(*hotfix), everything);
    std::string skipped;
    for (const ir::Change& change : hotfix->changes) {
      if (change.what == "skipped")
        skipped +=
            fmt::format("{}{} ({})", skipped.empty() ? "Left out: " : ", ", change.element, change.reason);
    }
    notes[names_.pipeline(*hotfix)] = skipped;
  }
  Nodes executions;
  for (const std::string& name : pipeline_names())
    executions.push_back(names_.arn("codepipeline", name));
  std::vector<Statement> statements{{.sid = "Publish", .actions = Texts{"sns:Publish"}, .resources = topics},
                                    {.sid = "Encrypt",
                                     .actions = Texts{"kms:Decrypt", "kms:GenerateDataKey"},
                                     .resources = Nodes{reference(key_parameter(names_.region()))}},
                                    {.sid = "AskForRuns",
                                     .actions = Texts{"codepipeline:GetPipelineExecution"},
                                     .resources = std::move(executions)}};
  if (!secrets.empty()) {
    statements.push_back({.sid = "ReadSecrets",
                          .actions = Texts{"secretsmanager:GetSecretValue"},
                          .resources = std::move(secrets)});
  }
  add_function({.name = "notify",
                .description = "Tells people what happens to runs and controls of the pipeline",
                .code = std::string(embedded::notify_py),
                .timeout = 60,
                .statements = std::move(statements),
                .variables = map({{"CHANNELS", channels.dump()}, {"NOTES", notes.dump()}})});
}

void ControlTemplate::allow_events(const std::string& function, const std::string& rule,
                                   std::string_view what) {
  document_.add(logical_id({what, "permission"}), {.type = "AWS::Lambda::Permission",
                                                   .properties = map({{"FunctionName", reference(function)},
                                                                      {"Action", "lambda:InvokeFunction"},
                                                                      {"Principal", "events.amazonaws.com"},
                                                                      {"SourceArn", get_att(rule, "Arn")}})});
}

void ControlTemplate::add_rules() {
  const auto add = [&](std::string_view what, std::string_view description, const std::string& function,
                       Node pattern, const std::string& schedule) {
    const std::string rule =
        document_.add(logical_id({what, "rule"}),
                      resource_of(Rule{.name = fit(fmt::format("{}-{}", names_.base(), what), longest_role),
                                       .description = std::string(description),
                                       .arn = get_att(function, "Arn"),
                                       .pattern = std::move(pattern),
                                       .schedule = schedule},
                                  names_));
    allow_events(function, rule, what);
  };
  const auto event = [&](const char* type, Node detail) {
    detail.set("pipeline", texts(pipeline_names()));
    return map({{"source", texts({"aws.codepipeline"})},
                {"detail-type", texts({type})},
                {"detail", std::move(detail)}});
  };
  const char* runs = "CodePipeline Pipeline Execution State Change";
  add("ended", "Frees what a run that is over still holds", "LedgerFunction",
      event(runs, map({{"state", texts({"SUCCEEDED", "FAILED", "STOPPED", "CANCELED", "SUPERSEDED"})}})), "");
  add("remind", "Looks for hotfixes that are overdue", "LedgerFunction", {}, "rate(1 hour)");
  add("runs", "Tells what becomes of runs", "NotifyFunction",
      event(runs, map({{"state", texts({"STARTED", "SUCCEEDED", "FAILED", "STOPPED"})}})), "");
  add("approvals", "Tells that an approval is waited for", "NotifyFunction",
      event("CodePipeline Action Execution State Change",
            map({{"state", texts({"STARTED"})}, {"type", map({{"category", texts({"Approval"})}})}})),
      "");
  // What goes round the gates is heard of. Needs a trail of management events in the account.
  add("controls", "Tells who changes or overrides the pipelines", "NotifyFunction",
      map({{"source", texts({"aws.codepipeline"})},
           {"detail-type", texts({"AWS API Call via CloudTrail"})},
           {"detail",
            map({{"eventSource", texts({"codepipeline.amazonaws.com"})},
                 {"eventName", texts({"DeletePipeline", "DisableStageTransition", "EnableStageTransition",
                                      "OverrideStageCondition", "RollbackStage", "StopPipelineExecution",
                                      "UpdatePipeline"})},
                 {"$or", list({map({{"requestParameters", map({{"pipelineName", texts(pipeline_names())}})}}),
                               map({{"requestParameters", map({{"name", texts(pipeline_names())}})}}),
                               map({{"requestParameters",
                                     map({{"pipeline", map({{"name", texts(pipeline_names())}})}})}})})}})}}),
      "");
}

// Approvers may give exactly their approvals, take a stage back, and consent to pass the guards under their
// own name.
void ControlTemplate::add_policies() {
  for (const Approvers& approvers : approvers_of(facts_)) {
    Nodes pipelines;
    Nodes stages;
    for (const std::string& name : approvers.pipelines) {
      pipelines.push_back(names_.arn("codepipeline", name));
      stages.push_back(names_.arn("codepipeline", name + "/*"));
    }
    Nodes actions(approvers.actions.begin(), approvers.actions.end());
    const std::string name = names_.role("approve-" + approvers.role);
    document_.add(
        logical_id({"approve", approvers.role}),
        resource_of(
            ManagedPolicy{
                .name = name,
                .description = fmt::format("Approvals of {}", facts_.pipeline().name),
                .statements =
                    std::vector<Statement>{
                        {.sid = "Approve",
                         .actions = Texts{"codepipeline:PutApprovalResult"},
                         .resources = std::move(actions)},
                        {.sid = "Look",
                         .actions =
                             Texts{"codepipeline:GetPipeline", "codepipeline:GetPipelineExecution",
                                   "codepipeline:GetPipelineState", "codepipeline:ListActionExecutions",
                                   "codepipeline:ListPipelineExecutions"},
                         .resources = pipelines},
                        {.sid = "TakeBack",
                         .actions = Texts{"codepipeline:RollbackStage"},
                         .resources = std::move(stages)},
                        {.sid = "ReadLedger",
                         .actions = Texts{"dynamodb:Query"},
                         .resources = Nodes{table_arn()}},
                        {.sid = "Consent",
                         .actions = Texts{"dynamodb:PutItem"},
                         .resources = Nodes{table_arn()},
                         .condition =
                             map({{"ForAllValues:StringEquals",
                                   map({{"dynamodb:LeadingKeys", texts({"override#${aws:userid}"})}})}})}},
                .roles = Texts{approvers.role}}));
  }
}

void ControlTemplate::add_dashboard() {
  Json widgets = Json::array();
  const auto add = [&](const std::string& title, const Texts& metrics, const char* statistic,
                       int64_t period) {
    Json series = Json::array();
    for (const std::string& environment : facts_.guarded_environments()) {
      for (const std::string& metric : metrics) {
        series.push_back({"pipec",
                          metric,
                          "Pipeline",
                          facts_.pipeline().name,
                          "Environment",
                          environment,
                          {{"label", environment + " " + metric}}});
      }
    }
    widgets.push_back({{"type", "metric"},
                       {"width", 12},
                       {"height", 6},
                       {"properties",
                        {{"title", title},
                         {"region", names_.region()},
                         {"stat", statistic},
                         {"period", period},
                         {"view", "timeSeries"},
                         {"metrics", series}}}});
  };
  constexpr int64_t day = 86400;
  add("Lead time (seconds from commit to production)", {"LeadTime"}, "p50", day);
  add("Deployments in a day", {"Deployments"}, "Sum", day);
  add("Failed and rolled back deployments in a day", {"FailedDeployments", "RolledBack"}, "Sum", day);
  add("Time to restore (seconds)", {"RestoreTime"}, "Average", day);
  document_.add("Dashboard", {.type = "AWS::CloudWatch::Dashboard",
                              .properties = map({{"DashboardName", names_.base()},
                                                 {"DashboardBody", Json{{"widgets", widgets}}.dump()}})});
}

}  // namespace

Template control_template(const Facts& facts) { return ControlTemplate(facts).run(); }

}  // namespace pipec::backends::codepipeline
