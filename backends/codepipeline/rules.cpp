#include "backends/codepipeline/rules.h"

#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_lowering.h"
#include "compiler/support/branches.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;

std::vector<std::string> fields_of(std::string_view cron) {
  std::vector<std::string> fields(1);
  for (const char c : cron) {
    if (c == ' ') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

// Cron counts days of the week from 0 for Sunday, EventBridge from 1.
std::string days_of_week(const std::string& days) {
  std::string shifted;
  bool step = false;
  for (const char c : days) {
    const bool day = c >= '0' && c <= '6' && !step;
    shifted += day ? static_cast<char>(c + 1) : c;
    step = c == '/' || (step && c != ',');
  }
  return shifted;
}

Node pattern_node(const std::string& pattern) {
  if (pattern.ends_with("**")) return map({{"prefix", pattern.substr(0, pattern.size() - 2)}});
  return pattern;
}

Node pattern_nodes(const Texts& patterns) {
  Node node = Node::sequence();
  for (const std::string& pattern : patterns)
    node.add(pattern_node(pattern));
  return node;
}

// The commit of the event, not the head of the branch, is what the run is of.
Node start_input(const char* commit, const char* branch) {
  const std::string text = fmt::format(
      "{{\"sourceRevisions\":[{{\"actionName\":\"{}\",\"revisionType\":\"COMMIT_ID\",\"revisionValue\":<"
      "commit>}}],"
      "\"variables\":[{{\"name\":\"BRANCH\",\"value\":<branch>}},{{\"name\":\"COMMIT\",\"value\":<commit>}}]}"
      "}",
      source_action);
  return map({{"InputPathsMap", map({{"commit", commit}, {"branch", branch}})}, {"InputTemplate", text}});
}

Node repository_events(const Facts& facts, const char* type, Node detail) {
  const std::string& repository = facts.pipeline().sources.front().repository;
  return map({{"source", texts({"aws.codecommit"})},
              {"detail-type", texts({type})},
              {"resources", texts({facts.names().arn("codecommit", repository)})},
              {"detail", std::move(detail)}});
}

class StartRules {
 public:
  StartRules(const Facts& facts, const ir::Route& route, Template& document)
      : facts_(facts), route_(route), document_(document) {}

  void run() {
    const ir::Trigger& trigger = route_.trigger;
    if (route_.kind == ir::RouteKind::backfill) return;
    if (!trigger.schedule.empty()) add("schedule", {}, schedule_expression(trigger.schedule), {});
    if (facts_.uses_connection()) return;
    Texts branches = trigger.branches;
    if (route_.kind == ir::RouteKind::hotfix) branches = {facts_.pipeline().hotfix->prefix + "**"};
    add_references("branch", branches);
    add_references("tag", trigger.tags);
    if (trigger.pull_requests.empty()) return;
    Texts destinations;
    for (const std::string& branch : trigger.pull_requests)
      destinations.push_back("refs/heads/" + branch);
    add("pull-request",
        repository_events(facts_, "CodeCommit Pull Request State Change",
                          map({{"event", texts({"pullRequestCreated", "pullRequestSourceBranchUpdated"})},
                               {"destinationReference", pattern_nodes(destinations)}})),
        "", start_input("$.detail.sourceCommit", "$.detail.sourceReference"));
  }

 private:
  void add_references(const char* type, const Texts& patterns) {
    if (patterns.empty()) return;
    add(type,
        repository_events(facts_, "CodeCommit Repository State Change",
                          map({{"event", texts({"referenceCreated", "referenceUpdated"})},
                               {"referenceType", texts({type})},
                               {"referenceName", pattern_nodes(patterns)}})),
        "", start_input("$.detail.commitId", "$.detail.referenceName"));
  }

  void add(std::string_view what, Node pattern, const std::string& schedule, Node input) {
    const Names& names = facts_.names();
    const std::string arn = names.arn("codepipeline", names.pipeline(route_));
    const std::string name = fit(fmt::format("{}-{}-{}", names.base(), route_.name, what), longest_role);
    if (role_.empty()) {
      role_ = document_.add(
          logical_id({route_.name, "start-role"}),
          resource_of(
              Role{.name = names.role_of(route_, "start"),
                   .trust = AccountTrust{.service = "events.amazonaws.com", .account = names.account()},
                   .statements = {{.sid = "Start",
                                   .actions = Texts{"codepipeline:StartPipelineExecution"},
                                   .resources = std::vector<Node>{arn}}},
                   .boundary = facts_.boundary()}));
    }
    document_.add(logical_id({route_.name, what, "rule"}),
                  resource_of(Rule{.name = name,
                                   .description = fmt::format("Starts {}", names.pipeline(route_)),
                                   .arn = arn,
                                   .pattern = std::move(pattern),
                                   .schedule = schedule,
                                   .role = get_att(role_, "Arn"),
                                   .input_transformer = std::move(input)},
                              names));
  }

  const Facts& facts_;
  const ir::Route& route_;
  Template& document_;
  std::string role_;
};

}  // namespace

Resource resource_of(const Rule& rule, const Names& names) {
  Node target = map({{"Id", "target"},
                     {"Arn", *rule.arn},
                     {"RetryPolicy", map({{"MaximumRetryAttempts", 8}, {"MaximumEventAgeInSeconds", 3600}})},
                     {"DeadLetterConfig", map({{"Arn", names.arn("sqs", names.dead_letters())}})}});
  if (!rule.role.empty()) target.set("RoleArn", rule.role);
  if (!rule.input_transformer.empty()) target.set("InputTransformer", rule.input_transformer);
  Node properties = map({{"Name", *rule.name}, {"Description", *rule.description}});
  if (rule.schedule.empty()) {
    properties.set("EventPattern", rule.pattern);
  } else {
    properties.set("ScheduleExpression", rule.schedule);
  }
  properties.set("Targets", list({std::move(target)}));
  return {.type = "AWS::Events::Rule", .properties = std::move(properties)};
}

std::string schedule_expression(std::string_view cron) {
  std::vector<std::string> fields = fields_of(cron);
  if (fields.size() != 5) return "";
  std::string& day = fields[2];
  std::string& weekday = fields[4];
  if (weekday == "*") {
    weekday = "?";
  } else if (day == "*") {
    day = "?";
    weekday = days_of_week(weekday);
  } else {
    return "";
  }
  return fmt::format("cron({} *)", join(fields, " "));
}

std::vector<std::string> filter_patterns(const std::vector<std::string>& patterns) {
  std::vector<std::string> all;
  for (const std::string& pattern : patterns) {
    for (std::string& variant : glob_variants(pattern, most_patterns))
      all.push_back(std::move(variant));
  }
  return all;
}

bool is_event_pattern(std::string_view pattern) {
  if (pattern.ends_with("/**")) pattern.remove_suffix(2);
  return pattern.find_first_of("*?[{") == std::string_view::npos;
}

void add_start_rules(const Facts& facts, const ir::Route& route, Template& document) {
  StartRules(facts, route, document).run();
}

}  // namespace pipec::backends::codepipeline
