#include "backends/common/yaml.h"
#include "backends/github/model.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

using yaml::Node;

constexpr std::string_view expression_start = "${{";
// An expression whose value is the start of an expression.
constexpr std::string_view escaped_start = "${{ '${{' }}";

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  while (true) {
    const size_t found = text.find(from);
    result += text.substr(0, found);
    if (found == std::string_view::npos) return result;
    result += to;
    text.remove_prefix(found + from.size());
  }
}

Node texts(const std::vector<std::string>& items) {
  Node node = Node::sequence();
  for (const std::string& item : items)
    node.add(item);
  return node;
}

Node values(const std::vector<std::pair<std::string, Text>>& entries) {
  Node node = Node::mapping();
  for (const auto& [name, value] : entries)
    node.set(name, value.written());
  return node;
}

Node node_of(const Permissions& permissions) {
  Node node = Node::mapping();
  const auto add = [&](const char* name, Access access) {
    if (access != Access::none) node.set(name, access == Access::read ? "read" : "write");
  };
  add("actions", permissions.actions);
  add("contents", permissions.contents);
  add("id-token", permissions.id_token);
  add("issues", permissions.issues);
  add("pull-requests", permissions.pull_requests);
  return node;
}

Node node_of(const Concurrency& concurrency) {
  Node node = Node::mapping({{"group", concurrency.group->written()}});
  if (concurrency.queue) node.set("queue", "max");
  node.set("cancel-in-progress", concurrency.cancel_in_progress);
  return node;
}

Node node_of(const Step& step) {
  Node node = Node::mapping({{"name", *step.name}});
  if (!step.id.empty()) node.set("id", step.id);
  if (!step.condition.empty()) node.set("if", step.condition);
  if (step.continue_on_error) node.set("continue-on-error", true);
  if (const auto* use = std::get_if<Use>(&*step.what)) {
    const Action& action = *use->action;
    node.set("uses", Node::commented(fmt::format("{}@{}", action.repository, action.commit),
                                     std::string(action.version)));
    if (!use->with.empty()) node.set("with", values(use->with));
  }
  if (!step.env.empty()) node.set("env", values(step.env));
  if (const auto* run = std::get_if<Run>(&*step.what)) {
    if (!run->working_directory.empty()) node.set("working-directory", run->working_directory);
    if (!run->shell.empty()) node.set("shell", run->shell);
    node.set("run", *run->script);
  }
  return node;
}

Node node_of(const std::vector<ServiceContainer>& services) {
  Node node = Node::mapping();
  for (const ServiceContainer& service : services) {
    Node entry = Node::mapping({{"image", *service.image}});
    if (!service.env.empty()) entry.set("env", values(service.env));
    entry.set("ports", texts({std::to_string(*service.port)}));
    node.set(*service.id, std::move(entry));
  }
  return node;
}

Node node_of(const Job& job) {
  Node node = Node::mapping({{"name", *job.name}});
  if (!job.needs.empty()) node.set("needs", texts(job.needs));
  if (!job.condition.empty()) node.set("if", job.condition);
  node.set("runs-on", *job.runs_on);
  node.set("timeout-minutes", static_cast<int64_t>(*job.timeout_minutes));
  if (job.environment) {
    Node environment = Node::mapping({{"name", *job.environment->name}});
    if (!*job.environment->deployment) environment.set("deployment", false);
    node.set("environment", environment);
  }
  if (job.concurrency) node.set("concurrency", node_of(*job.concurrency));
  node.set("permissions", node_of(*job.permissions));
  if (!job.outputs.empty()) node.set("outputs", values(job.outputs));
  if (!job.env.empty()) node.set("env", values(job.env));
  if (!job.services.empty()) node.set("services", node_of(job.services));
  Node steps = Node::sequence();
  for (const Step& step : job.steps)
    steps.add(node_of(step));
  node.set("steps", steps);
  return node;
}

Node node_of(const Call& call) {
  Node node = Node::mapping({{"name", *call.name}});
  if (!call.needs.empty()) node.set("needs", texts(call.needs));
  if (!call.condition.empty()) node.set("if", call.condition);
  node.set("permissions", node_of(*call.permissions));
  node.set("uses", *call.uses);
  if (!call.secrets.empty()) {
    Node secrets = Node::mapping();
    for (const std::string& name : call.secrets)
      secrets.set(name, Text::expression("secrets." + name).written());
    node.set("secrets", secrets);
  }
  return node;
}

Node inputs_of(const std::vector<Input>& inputs) {
  Node node = Node::mapping();
  for (const Input& input : inputs) {
    Node entry = Node::mapping({{"description", *input.description}, {"required", true}});
    entry.set("type", input.options.empty() ? "string" : "choice");
    if (!input.options.empty()) entry.set("options", texts(input.options));
    node.set(*input.name, entry);
  }
  return node;
}

Node node_of(const Triggers& on) {
  Node node = Node::mapping();
  Node push = Node::mapping();
  if (!on.push_branches.empty()) push.set("branches", texts(on.push_branches));
  if (!on.push_tags.empty()) push.set("tags", texts(on.push_tags));
  if (!on.push_paths.empty()) push.set("paths", texts(on.push_paths));
  if (!push.empty()) node.set("push", push);
  if (!on.pull_request_branches.empty()) {
    node.set("pull_request", Node::mapping({{"branches", texts(on.pull_request_branches)}}));
  }
  if (on.merge_group) node.set("merge_group", Node::mapping());
  if (!on.schedules.empty()) {
    Node schedules = Node::sequence();
    for (const std::string& cron : on.schedules)
      schedules.add(Node::mapping({{"cron", cron}}));
    node.set("schedule", schedules);
  }
  if (on.dispatch) {
    Node dispatch = Node::mapping();
    if (!on.inputs.empty()) dispatch.set("inputs", inputs_of(on.inputs));
    node.set("workflow_dispatch", dispatch);
  }
  if (on.call) {
    Node call = Node::mapping();
    Node secrets = Node::mapping();
    for (const std::string& name : on.secrets)
      secrets.set(name, Node::mapping({{"required", true}}));
    if (!secrets.empty()) call.set("secrets", secrets);
    node.set("workflow_call", call);
  }
  return node;
}

}  // namespace

Text::Text(std::string_view literal) : written_(replace_all(literal, expression_start, escaped_start)) {}

Text Text::expression(std::string_view expression) {
  Text text;
  text.written_ = fmt::format("${{{{ {} }}}}", expression);
  return text;
}

std::optional<std::string> Text::literal_of(std::string_view written) {
  // Two bytes that no text of a workflow can hold stand for the start while it is looked for others.
  std::string unescaped = replace_all(written, escaped_start, "\x01\x02");
  if (unescaped.find(expression_start) != std::string::npos) return std::nullopt;
  return replace_all(unescaped, "\x01\x02", expression_start);
}

Permissions& Permissions::operator|=(const Permissions& other) {
  actions = std::max(actions, other.actions);
  contents = std::max(contents, other.contents);
  id_token = std::max(id_token, other.id_token);
  issues = std::max(issues, other.issues);
  pull_requests = std::max(pull_requests, other.pull_requests);
  return *this;
}

Permissions Workflow::permissions() const {
  Permissions all;
  for (const auto& [id, job] : jobs) {
    all |= std::visit([](const auto& any) { return *any.permissions; }, job);
  }
  return all;
}

std::string print(const Workflow& workflow, std::string_view header) {
  Node document = Node::mapping({{"name", *workflow.name}, {"on", node_of(*workflow.on)}});
  // Jobs are granted what they need, one by one.
  document.set("permissions", Node::mapping());
  if (workflow.concurrency) document.set("concurrency", node_of(*workflow.concurrency));
  if (!workflow.env.empty()) document.set("env", values(workflow.env));
  document.set("defaults", Node::mapping({{"run", Node::mapping({{"shell", "bash"}})}}));
  Node jobs = Node::mapping();
  for (const auto& [id, job] : workflow.jobs) {
    jobs.set(id, std::visit([](const auto& any) { return node_of(any); }, job));
  }
  document.set("jobs", jobs);
  return yaml::write(document, header);
}

}  // namespace pipec::backends::github
