#include "backends/common/values.h"
#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/workflows.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

constexpr long notify_minutes = 5;

std::vector<std::string> secrets_of(const std::vector<ir::Value>& channels) {
  std::vector<std::string> secrets;
  for (const ir::Value& channel : channels) {
    const ir::Value* webhook = channel.find("webhook");
    const ir::Value* name = webhook == nullptr ? nullptr : webhook->find("name");
    if (name != nullptr) secrets.push_back(environment_text(*name));
  }
  return secrets;
}

void add_channels(const std::vector<ir::Value>& values, const std::vector<std::string>& events,
                  std::vector<Channel>& channels) {
  for (const std::string& secret : secrets_of(values)) {
    const bool known =
        std::any_of(channels.begin(), channels.end(), [&](const Channel& c) { return c.secret == secret; });
    if (!known) channels.push_back({secret, events});
  }
}

// What the route leaves out of trunk, and why.
std::string changes_of(const ir::Route& route) {
  std::string lines;
  for (const ir::Change& change : route.changes)
    lines += fmt::format("{} {}: {}\n", change.what, change.element, change.reason);
  return lines;
}

// `ended` stands for all three ends; which one it is the script finds out.
bool wants(const Channel& channel, std::string_view event) {
  const auto has = [&](std::string_view name) {
    return std::find(channel.events.begin(), channel.events.end(), name) != channel.events.end();
  };
  return event == "ended" ? has("succeeded") || has("failed") || has("rolled_back") : has(event);
}

}  // namespace

std::vector<Channel> channels_of(const Context& context, const ir::Route& route) {
  const ir::Pipeline& pipeline = context.pipeline();
  std::vector<Channel> channels;
  if (!route.trigger.pull_requests.empty()) return channels;
  // An incident is everybody's business from the start to the end.
  const std::vector<std::string> all{"started", "waiting", "succeeded", "failed", "rolled_back"};
  if (route.kind == ir::RouteKind::hotfix) add_channels(pipeline.hotfix->notify, all, channels);
  add_channels(pipeline.notify, pipeline.notify_on, channels);
  return channels;
}

std::optional<Job> notify_job(const Context& context, const RoutePlan& plan, std::string_view event) {
  const ir::Route& route = *plan.route;
  Job job{.name = fmt::format("notify: {}", event),
          .runs_on = context.runner("small"),
          .timeout_minutes = notify_minutes,
          .permissions = Permissions{}};
  Text outcome;
  for (const PlannedJob* production : plan.production_jobs()) {
    outcome = Text::expression(fmt::format("needs.{}.outputs.{}", production->id, outcome_output));
  }
  for (const Channel& channel : channels_of(context, route)) {
    if (!wants(channel, event)) continue;
    job.steps.push_back({.name = fmt::format("Tell {}", channel.secret),
                         .what = Run{.script = call_script("notify.sh")},
                         .env = {{"WEBHOOK", Text::expression("secrets." + channel.secret)},
                                 {"EVENT", event},
                                 {"EVENTS", words(channel.events)},
                                 {"NEEDS", event == "ended" ? Text::expression("toJSON(needs)") : Text("{}")},
                                 {"OUTCOME", event == "ended" ? outcome : Text()},
                                 {"PIPELINE", context.pipeline().name},
                                 {"ROUTE", route.name},
                                 {"BRANCH", Text::expression("github.ref_name")},
                                 {"COMMIT", Text::expression("github.sha")},
                                 {"ACTOR", Text::expression("github.actor")},
                                 {"CHANGES", changes_of(route)},
                                 {"RUN_ID", Text::expression("github.run_id")}}});
  }
  if (job.steps.empty()) return std::nullopt;
  place_called_scripts(job.steps);
  return job;
}

}  // namespace pipec::backends::github
