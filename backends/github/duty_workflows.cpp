#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/steps.h"
#include "backends/github/workflows.h"

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

constexpr long duty_minutes = 15;
constexpr int metrics_days = 30;

// What every script of the ledger needs to find it.
Environment ledger_place(const Context& context) {
  return {{"PIPELINE", context.pipeline().name}, {"TRUNK", context.trunk_branch()}};
}

std::string only_on_trunk(const Context& context) {
  return "github.ref == " + quoted("refs/heads/" + context.trunk_branch());
}

Job duties_job(const Context& context) {
  Job job{.name = "duties",
          .condition = only_on_trunk(context),
          .runs_on = context.runner("small"),
          .timeout_minutes = duty_minutes,
          .permissions = Permissions{.actions = Access::read,
                                     .contents = Access::write,
                                     .issues = Access::write,
                                     .pull_requests = Access::read},
          .env = ledger_place(context)};
  job.env.emplace_back("COMMIT", Text::expression("github.sha"));
  job.steps.push_back(checkout_step());
  for (const ir::Environment* environment : context.production_environments()) {
    job.steps.push_back(merged_step(*environment));
    job.steps.push_back(monitor_step(context, *environment, true, ""));
  }
  place_called_scripts(job.steps);
  return job;
}

Job metrics_job(const Context& context) {
  Job job{.name = "metrics",
          .condition = only_on_trunk(context),
          .runs_on = context.runner("small"),
          .timeout_minutes = duty_minutes,
          .permissions = Permissions{.contents = Access::read},
          .env = ledger_place(context)};
  job.steps.push_back(checkout_step());
  for (const ir::Environment* environment : context.production_environments()) {
    job.steps.push_back(
        {.name = fmt::format("Metrics of {}", environment->name),
         .what = Run{.script = call_script("metrics.sh")},
         .env = {{"ENVIRONMENT", environment->name}, {"DAYS", std::to_string(metrics_days)}, token()}});
    job.steps.push_back({.name = fmt::format("Store the metrics of {}", environment->name),
                         .what = Use{.action = actions::upload_artifact,
                                     .with = {{"name", "metrics-" + environment->name},
                                              {"path", "metrics.json"},
                                              {"if-no-files-found", "error"},
                                              {"overwrite", "true"}}}});
  }
  place_called_scripts(job.steps);
  return job;
}

Job override_job(const Context& context, const ir::Environment& environment) {
  Job job{
      .name = environment.name,
      .condition =
          fmt::format("{} && inputs.environment == {}", only_on_trunk(context), quoted(environment.name)),
      .runs_on = context.runner("small"),
      .timeout_minutes = duty_minutes,
      .permissions = Permissions{.actions = Access::read, .contents = Access::write},
      .environment = EnvironmentUse{.name = Context::override_environment(environment), .deployment = false},
      .env = ledger_place(context)};
  job.steps.push_back({.name = "Record the override",
                       .what = Run{.script = call_script("override.sh")},
                       .env = {{"ENVIRONMENT", environment.name},
                               {"APPROVAL_ENVIRONMENT", Context::override_environment(environment)},
                               {"GUARD", Text::expression("inputs.guard")},
                               {"COMMIT", Text::expression("inputs.commit")},
                               {"REASON", Text::expression("inputs.reason")},
                               {"ASKED_BY", Text::expression("github.actor")},
                               {"STARTED_BY", Text::expression("github.triggering_actor")},
                               {"RUN_ID", Text::expression("github.run_id")},
                               token()}});
  place_called_scripts(job.steps);
  return job;
}

}  // namespace

Step merged_step(const ir::Environment& environment) {
  return {.name = fmt::format("Record what was merged back of {}", environment.name),
          .what = Run{.script = call_script("merged.sh")},
          .env = {{"ENVIRONMENT", environment.name}, token()},
          // What is not recorded counts as not merged back, which the guard refuses.
          .continue_on_error = true};
}

Step monitor_step(const Context& context, const ir::Environment& environment, bool strict,
                  std::string_view watched) {
  const ir::HotfixPolicy& policy = *context.pipeline().hotfix;
  const auto [count, span] = policy.limit.value_or(std::pair<int64_t, Duration>{});
  return {.name = fmt::format("Judge the duties of {}", environment.name),
          .what = Run{.script = call_script("monitor.sh")},
          .env = {{"ENVIRONMENT", environment.name},
                  {"WITHIN", std::to_string(policy.backfill_within.seconds)},
                  {"LIMIT", std::to_string(count)},
                  {"PER", std::to_string(span.seconds)},
                  {"MONITOR", watched},
                  {"PERIOD", std::to_string(monitor_period.seconds)},
                  {"STRICT", strict ? "true" : "false"},
                  {"REPORT_LABEL", Context::report_label},
                  token()}};
}

bool has_monitor(const Context& context) {
  const ir::Pipeline& pipeline = context.pipeline();
  return !context.production_environments().empty() && (pipeline.hotfix || !pipeline.metrics.empty());
}

Workflow monitor_workflow(const Context& context) {
  Workflow workflow{.name = fmt::format("pipec {}: {}", context.pipeline().name, monitor_suffix),
                    .on = Triggers{.schedules = {std::string(monitor_schedule)}, .dispatch = true},
                    .concurrency = Concurrency{.group = context.concurrency_group(monitor_suffix)}};
  if (context.pipeline().hotfix) workflow.jobs.emplace_back("duties", duties_job(context));
  if (!context.pipeline().metrics.empty()) workflow.jobs.emplace_back("metrics", metrics_job(context));
  return workflow;
}

Workflow override_workflow(const Context& context) {
  std::vector<std::string> environments;
  for (const ir::Environment* environment : context.production_environments())
    environments.push_back(environment->name);
  Workflow workflow{
      .name = fmt::format("pipec {}: {}", context.pipeline().name, override_suffix),
      .on = Triggers{
          .dispatch = true,
          .inputs = {
              {.name = "environment",
               .description = "The environment whose guard is passed",
               .options = environments},
              {.name = "guard",
               .description = "The guard that refuses",
               .options = {"settings", "source", "base", "controls", "hotfixes", "live", "claim", "outcome"}},
              {.name = "commit", .description = "The commit that may pass, by its 40 digits"},
              {.name = "reason", .description = "Why the guard is passed"}}}};
  for (const ir::Environment* environment : context.production_environments()) {
    workflow.jobs.emplace_back("override-" + environment->name, override_job(context, *environment));
  }
  return workflow;
}

}  // namespace pipec::backends::github
