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
    add_functions(facts_, document_);
    add_policies();
    if (!facts_.pipeline().metrics.empty()) add_dashboard();
    return std::move(document_);
  }

 private:
  void add_parameters() {
    document_.parameter(key_parameter(names_.region()), "String",
                        "ARN of the key for artifacts in this region");
    document_.parameter("AdminRoleArn", "String",
                        "The role that deploys these stacks and corrects the ledger; not one of approvers");
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

  // Deny what changes items of the ledger, for whom the condition describes.
  Node deny_writing(const char* sid, const Texts& actions, Node condition) const {
    return map({{"Sid", sid},
                {"Effect", "Deny"},
                {"Principal", "*"},
                {"Action", texts(actions)},
                {"Resource", names_.ledger_arn()},
                {"Condition", std::move(condition)}});
  }

  // The table's own policy keeps everybody else from writing, whatever rights they have in the account.
  // Approvers write nothing but their own consents, and nobody but approvers writes consents.
  void add_ledger() {
    Texts writers{names_.role_arn(names_.account(), names_.function("ledger"))};
    for (const ir::Route* route : facts_.routes()) {
      for (const ir::Stage& stage : route->stages) {
        if (!facts_.guarded(stage)) continue;
        const std::string guard = names_.role_arn(names_.account(), names_.project_role(*route, "guard"));
        if (std::find(writers.begin(), writers.end(), guard) == writers.end()) writers.push_back(guard);
      }
    }
    Texts consenting;
    for (const Approvers& approvers : approvers_of(facts_))
      consenting.push_back(names_.role_arn(names_.account(), approvers.role));
    writers.insert(writers.end(), consenting.begin(), consenting.end());
    Node writing = texts(writers);
    writing.add(reference("AdminRoleArn"));
    // PartiQL has actions of its own for the same writes.
    const Texts others{"dynamodb:BatchWriteItem", "dynamodb:DeleteItem",    "dynamodb:PartiQLDelete",
                       "dynamodb:PartiQLInsert",  "dynamodb:PartiQLUpdate", "dynamodb:UpdateItem"};
    Texts writes = others;
    writes.emplace_back("dynamodb:PutItem");
    const auto keys = [](const char* condition, const char* key) {
      return std::pair<std::string, Node>{condition, map({{"dynamodb:LeadingKeys", texts({key})}})};
    };
    const auto principals = [](const char* condition, Node arns) {
      return std::pair<std::string, Node>{condition, map({{"aws:PrincipalArn", std::move(arns)}})};
    };
    const Node approving = texts(consenting);
    Nodes denied{
        deny_writing("NobodyElseWrites", writes, map({principals("ArnNotEquals", std::move(writing))}))};
    if (consenting.empty()) {
      denied.push_back(
          deny_writing("NobodyConsents", writes, map({keys("ForAnyValue:StringLike", "override#*")})));
    } else {
      denied.push_back(deny_writing(
          "NobodyElseConsents", writes,
          map({keys("ForAnyValue:StringLike", "override#*"), principals("ArnNotEquals", approving)})));
      denied.push_back(
          deny_writing("ApproversOnlyConsent", others, map({principals("ArnEquals", approving)})));
      denied.push_back(deny_writing("ApproversConsentAsThemselves", {"dynamodb:PutItem"},
                                    map({keys("ForAnyValue:StringNotEquals", "override#${aws:userid}"),
                                         principals("ArnEquals", approving)})));
    }
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
               map({{"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list(denied)}})}})}}),
         .retain = true});
  }

  void add_notices() {
    const std::string id = add_topic("Notices", names_.notices());
    const Node alarms =
        map({{"Sid", "Alarms"},
             {"Effect", "Allow"},
             {"Principal", map({{"Service", "cloudwatch.amazonaws.com"}})},
             {"Action", "sns:Publish"},
             {"Resource", names_.notices_arn()},
             {"Condition", map({{"StringEquals", map({{"aws:SourceAccount", names_.account()}})}})}});
    document_.add(
        "NoticesPolicy",
        {.type = "AWS::SNS::TopicPolicy",
         .properties =
             map({{"Topics", list({reference(id)})},
                  {"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", list({alarms})}})}})});
    subscribe(id, facts_.pipeline().notify);
    document_.output("NoticesTopic", reference(id));
    if (facts_.incident_topic())
      subscribe(add_topic("Incidents", names_.incidents()), facts_.pipeline().hotfix->notify);
  }

  std::string add_topic(const char* id, const std::string& name) {
    return document_.add(
        id, {.type = "AWS::SNS::Topic",
             .properties =
                 map({{"TopicName", name}, {"KmsMasterKeyId", reference(key_parameter(names_.region()))}})});
  }

  void subscribe(const std::string& topic, const std::vector<ir::Value>& channels) {
    for (const ir::Value& channel : channels) {
      if (channel.constructor() != "email") continue;
      document_.add("Subscription", {.type = "AWS::SNS::Subscription",
                                     .properties = map({{"TopicArn", reference(topic)},
                                                        {"Protocol", "email"},
                                                        {"Endpoint", channel.find("address")->text()}})});
    }
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

  void add_policies();
  void add_dashboard();

  const Facts& facts_;
  const Names& names_;
  Template document_;
};

// Approvers may give exactly their approvals, take a stage back, and consent to pass the guards under their
// own name.
void ControlTemplate::add_policies() {
  for (const Approvers& approvers : approvers_of(facts_)) {
    Nodes pipelines;
    for (const std::string& name : approvers.pipelines)
      pipelines.push_back(names_.arn("codepipeline", name));
    Nodes actions(approvers.actions.begin(), approvers.actions.end());
    const std::string name = names_.role("approve-" + approvers.role);
    std::vector<Statement> statements{
        {.sid = "Approve",
         .actions = Texts{"codepipeline:PutApprovalResult"},
         .resources = std::move(actions)},
        {.sid = "Look",
         .actions = Texts{"codepipeline:GetPipeline", "codepipeline:GetPipelineExecution",
                          "codepipeline:GetPipelineState", "codepipeline:ListActionExecutions",
                          "codepipeline:ListPipelineExecutions"},
         .resources = std::move(pipelines)},
        {.sid = "ReadLedger", .actions = Texts{"dynamodb:Query"}, .resources = Nodes{names_.ledger_arn()}},
        {.sid = "Consent",
         .actions = Texts{"dynamodb:PutItem"},
         .resources = Nodes{names_.ledger_arn()},
         .condition = map({{"ForAllValues:StringEquals",
                            map({{"dynamodb:LeadingKeys", texts({"override#${aws:userid}"})}})}})}};
    if (!approvers.stages.empty()) {
      statements.push_back({.sid = "TakeBack",
                            .actions = Texts{"codepipeline:RollbackStage"},
                            .resources = Nodes(approvers.stages.begin(), approvers.stages.end())});
    }
    document_.add(
        logical_id({"approve", approvers.role}),
        resource_of(ManagedPolicy{.name = name,
                                  .description = fmt::format("Approvals of {}", facts_.pipeline().name),
                                  .statements = std::move(statements),
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
