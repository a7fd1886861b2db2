// The functions of the control template, and the events that they are called for.
#include "backends/codepipeline/embedded.h"
#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/rules.h"
#include "backends/codepipeline/templates.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;
using Nodes = std::vector<Node>;
using Json = nlohmann::ordered_json;

void add_once(Nodes& list, const std::string& text) {
  const auto same = [&](const Node& known) { return known.text() == text; };
  if (std::none_of(list.begin(), list.end(), same)) list.push_back(text);
}

// Whom the notices go to, and what the function needs for it.
struct Channels {
  Json list = Json::array();
  Nodes topics;
  Nodes secrets;

  // `of`: the pipeline whose notices are meant; empty for all.
  void add_topic(const std::string& arn, const std::string& of, const Texts& on) {
    list.push_back({{"kind", "sns"}, {"to", arn}, {"pipeline", of}, {"on", on}});
    add_once(topics, arn);
  }
};

class ControlFunctions {
 public:
  ControlFunctions(const Facts& facts, Template& document)
      : facts_(facts), names_(facts.names()), document_(document) {}

  void run() {
    add_ledger_function();
    add_notify_function();
    add_rules();
    add_cleaning();
  }

 private:
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
  // People with an address subscribe to a topic and need no channel of their own.
  void add_channel(const ir::Value& channel, const std::string& of, const Texts& on,
                   Channels& channels) const {
    if (channel.constructor() == "sns")
      channels.add_topic(std::string(channel.find("topic")->text()), of, on);
    if (channel.constructor() != "slack") return;
    const std::string secret(channel.find("webhook")->find("name")->text());
    channels.list.push_back({{"kind", "slack"}, {"to", secret}, {"pipeline", of}, {"on", on}});
    add_once(channels.secrets, names_.arn("secretsmanager", fmt::format("secret:{}-??????", secret)));
  }
  void add_rules();
  void add_cleaning();
  void add_rule(std::string_view what, std::string_view description, const std::string& function,
                Node pattern, const std::string& schedule, Node input = {});
  void allow_events(const std::string& function, const std::string& rule, std::string_view what);

  const Facts& facts_;
  const Names& names_;
  Template& document_;
};

void ControlFunctions::add_ledger_function() {
  const ir::Pipeline& pipeline = facts_.pipeline();
  const ir::Route* backfill = facts_.backfill();
  const auto& policy = pipeline.hotfix;
  const std::set<std::string>& locked = facts_.locked_environments();
  Nodes executions;
  for (const std::string& name : facts_.pipeline_names())
    executions.push_back(names_.arn("codepipeline", name));
  std::vector<Statement> statements{
      {.sid = "KeepLedger",
       .actions = Texts{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan",
                        "dynamodb:UpdateItem"},
       .resources = Nodes{names_.ledger_arn()}},
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

void ControlFunctions::add_notify_function() {
  const ir::Pipeline& pipeline = facts_.pipeline();
  Channels channels;
  channels.add_topic(names_.notices_arn(), "", pipeline.notify_on);
  for (const ir::Value& channel : pipeline.notify)
    add_channel(channel, "", pipeline.notify_on, channels);
  Json notes = Json::object();
  const ir::Route* hotfix = pipeline.find_route(ir::RouteKind::hotfix);
  if (pipeline.hotfix && hotfix != nullptr) {
    const std::string name = names_.pipeline(*hotfix);
    const Texts everything{"started", "waiting", "succeeded", "failed", "rolled_back"};
    if (facts_.incident_topic()) channels.add_topic(names_.incidents_arn(), name, everything);
    for (const ir::Value& channel : pipeline.hotfix->notify)
      add_channel(channel, name, everything, channels);
    // The variables of a function have 4 KB together.
    constexpr size_t longest_note = 1000;
    const std::string skipped = left_out(*hotfix, longest_note);
    notes[name] = skipped.empty() ? "" : "Left out: " + skipped;
  }
  Nodes executions;
  for (const std::string& name : facts_.pipeline_names())
    executions.push_back(names_.arn("codepipeline", name));
  std::vector<Statement> statements{
      {.sid = "Publish", .actions = Texts{"sns:Publish"}, .resources = std::move(channels.topics)},
      {.sid = "Encrypt",
       .actions = Texts{"kms:Decrypt", "kms:GenerateDataKey"},
       .resources = Nodes{reference(key_parameter(names_.region()))}},
      {.sid = "AskForRuns",
       .actions = Texts{"codepipeline:GetPipelineExecution"},
       .resources = std::move(executions)}};
  if (!channels.secrets.empty()) {
    statements.push_back({.sid = "ReadSecrets",
                          .actions = Texts{"secretsmanager:GetSecretValue"},
                          .resources = std::move(channels.secrets)});
  }
  add_function({.name = "notify",
                .description = "Tells people what happens to runs and controls of the pipeline",
                .code = std::string(embedded::notify_py),
                .timeout = 60,
                .statements = std::move(statements),
                .variables = map({{"CHANNELS", channels.list.dump()}, {"NOTES", notes.dump()}})});
}

void ControlFunctions::allow_events(const std::string& function, const std::string& rule,
                                    std::string_view what) {
  document_.add(logical_id({what, "permission"}), {.type = "AWS::Lambda::Permission",
                                                   .properties = map({{"FunctionName", reference(function)},
                                                                      {"Action", "lambda:InvokeFunction"},
                                                                      {"Principal", "events.amazonaws.com"},
                                                                      {"SourceArn", get_att(rule, "Arn")}})});
}

void ControlFunctions::add_rule(std::string_view what, std::string_view description,
                                const std::string& function, Node pattern, const std::string& schedule,
                                Node input) {
  const std::string rule =
      document_.add(logical_id({what, "rule"}),
                    resource_of(Rule{.name = fit(fmt::format("{}-{}", names_.base(), what), longest_role),
                                     .description = std::string(description),
                                     .arn = get_att(function, "Arn"),
                                     .pattern = std::move(pattern),
                                     .schedule = schedule,
                                     .input_transformer = std::move(input)},
                                names_));
  allow_events(function, rule, what);
}

// What stands in `always` of a stage also runs after a run that did not get there. Runs end by a failure, by
// a person, by an update of the pipeline, or by a newer run that overtakes them between the parts of a stage.
void ControlFunctions::add_cleaning() {
  Nodes projects, pipelines;
  Texts project_names;
  for (const Cleaning& cleaning : cleanings_of(facts_)) {
    projects.push_back(names_.arn("codebuild", "project/" + cleaning.project));
    project_names.push_back(cleaning.project);
    add_once(pipelines, names_.arn("codepipeline", cleaning.pipeline));
  }
  if (projects.empty()) return;
  add_function(
      {.name = "always",
       .description = "Cleans up what a run that ended early has left",
       .code = std::string(embedded::always_py),
       .timeout = 60,
       .statements =
           std::vector<Statement>{
               {.sid = "LookAtRuns",
                .actions = Texts{"codepipeline:GetPipelineExecution", "codepipeline:ListActionExecutions"},
                .resources = std::move(pipelines)},
               {.sid = "CleanUp",
                .actions = Texts{"codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject",
                                 "codebuild:StartBuild"},
                .resources = std::move(projects)}},
       .variables = Node::mapping()});
  for (const Cleaning& cleaning : cleanings_of(facts_)) {
    const Json constant = {
        {"stage", cleaning.stage}, {"action", cleaning.action}, {"project", cleaning.project}};
    const std::string rest = constant.dump().substr(1);
    add_rule(
        fmt::format("always-{}-{}", cleaning.route, cleaning.stage),
        fmt::format("Cleans up after {} of the route {}", cleaning.stage, cleaning.route), "AlwaysFunction",
        map({{"source", texts({"aws.codepipeline"})},
             {"detail-type", texts({"CodePipeline Pipeline Execution State Change"})},
             {"detail", map({{"state", texts({"FAILED", "STOPPED", "CANCELED", "SUPERSEDED"})},
                             {"pipeline", texts({cleaning.pipeline})}})}}),
        "",
        map({{"InputPathsMap", map({{"pipeline", "$.detail.pipeline"}, {"run", "$.detail.execution-id"}})},
             {"InputTemplate", "{\"pipeline\":<pipeline>,\"run\":<run>," + rest}}));
  }
  add_rule("not-cleaned", "Tells that cleaning up has failed", "NotifyFunction",
           map({{"source", texts({"aws.codebuild"})},
                {"detail-type", texts({"CodeBuild Build State Change"})},
                {"detail", map({{"build-status", texts({"FAILED", "FAULT", "STOPPED", "TIMED_OUT"})},
                                {"project-name", texts(project_names)}})}}),
           "",
           map({{"InputPathsMap", map({{"build", "$.detail.build-id"}, {"status", "$.detail.build-status"}})},
                {"InputTemplate", "{\"message\":\"Cleaning up has failed: <build> is <status>\"}"}}));
}

void ControlFunctions::add_rules() {
  const auto add = [&](std::string_view what, std::string_view description, const std::string& function,
                       Node pattern, const std::string& schedule) {
    add_rule(what, description, function, std::move(pattern), schedule);
  };
  const auto event = [&](const char* type, Node detail) {
    detail.set("pipeline", texts(facts_.pipeline_names()));
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
                 {"$or",
                  list({map({{"requestParameters", map({{"pipelineName", texts(facts_.pipeline_names())}})}}),
                        map({{"requestParameters", map({{"name", texts(facts_.pipeline_names())}})}}),
                        map({{"requestParameters",
                              map({{"pipeline", map({{"name", texts(facts_.pipeline_names())}})}})}})})}})}}),
      "");
}

}  // namespace

void add_functions(const Facts& facts, Template& document) { ControlFunctions(facts, document).run(); }

}  // namespace pipec::backends::codepipeline
