#include "backends/common/values.h"
#include "backends/github/artifacts.h"
#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/steps.h"
#include "backends/github/workflows.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// Jobs of pipec's own do little, or talk to GitHub.
constexpr long own_minutes = 10;

constexpr std::string_view duties_job = "duties";

class RouteLowering {
 public:
  RouteLowering(const Context& context, const RoutePlan& plan, std::string_view environments)
      : context_(context), plan_(plan), route_(*plan.route), environments_(environments) {
    for (const PlannedJob* job : plan.production_jobs()) {
      const ir::Environment* environment = &context.environment(plan.stage_of(*job));
      if (std::find(production_.begin(), production_.end(), environment) == production_.end())
        production_.push_back(environment);
    }
  }

  Workflow run() {
    if (has_preflight()) add(preflight_job, preflight());
    if (has_duties()) add(duties_job, duties());
    add_notification("started", first_jobs());
    for (const PlannedJob& planned : plan_.jobs) {
      if (plan_.is_production(planned)) add_before_production(planned);
      add(planned.id, planned_job(planned));
    }
    if (route_.kind == ir::RouteKind::hotfix && is_guarded()) add("follow-up", follow_up());
    if (route_.kind == ir::RouteKind::backfill) add("record-backfill", record_backfill());
    add_notification("ended", all_jobs());
    Triggers on{.dispatch = route_.trigger.manual, .call = true, .secrets = secrets()};
    // Of a pull request GitHub knows the branch by `head_ref`, of everything else by `ref_name`.
    Environment env{{"LC_ALL", "C.UTF-8"},
                    {"PIPEC_PIPELINE", context_.pipeline().name},
                    {"PIPEC_ROUTE", route_.name},
                    {"PIPEC_RUN_ID", Text::expression("github.run_id")},
                    {"PIPEC_COMMIT", Text::expression("github.sha")},
                    {"PIPEC_REF", Text::expression("github.head_ref || github.ref_name")},
                    {"PIPEC_PULL_REQUEST", Text::expression("github.event.pull_request.number")}};
    for (auto& value : known_values(context_, route_))
      env.push_back(std::move(value));
    return {.name = fmt::format("pipec {}: {}", context_.pipeline().name, route_.name),
            .on = std::move(on),
            .env = std::move(env),
            .jobs = std::move(jobs_)};
  }

 private:
  // Whether a job names an environment, which must be protected as it was compiled.
  bool has_preflight() const {
    return std::any_of(plan_.jobs.begin(), plan_.jobs.end(),
                       [](const PlannedJob& job) { return !job.environment.empty(); });
  }
  bool is_guarded() const { return !production_.empty(); }
  bool has_duties() const { return is_guarded() && context_.pipeline().hotfix.has_value(); }

  void add(std::string_view id, std::variant<Job, Call> job) {
    PIPEC_CHECK(
        std::none_of(jobs_.begin(), jobs_.end(), [&](const auto& known) { return known.first == id; }));
    jobs_.emplace_back(id, std::move(job));
  }

  Job own_job(std::string_view name, Permissions permissions) const {
    return {.name = std::string(name),
            .runs_on = context_.runner("small"),
            .timeout_minutes = own_minutes,
            .permissions = permissions};
  }

  // Something is deployed, as far as the preflight could see.
  std::string proceed() const {
    std::vector<std::string> any;
    for (const ir::Environment* environment : production_) {
      any.push_back(
          fmt::format("needs.{}.outputs.{} == 'true'", preflight_job, proceed_output(*environment)));
    }
    return join(any, " || ");
  }

  std::vector<std::string> first_jobs() const {
    return has_preflight() ? std::vector<std::string>{std::string(preflight_job)}
                           : std::vector<std::string>{};
  }

  std::vector<std::string> all_jobs() const {
    std::vector<std::string> ids = first_jobs();
    for (const PlannedJob& job : plan_.jobs)
      ids.push_back(job.id);
    return ids;
  }

  Job preflight() const {
    Permissions permissions{.actions = Access::read, .contents = Access::read};
    // What trunk has by now is recorded.
    if (has_duties()) permissions |= Permissions{.contents = Access::write, .pull_requests = Access::read};
    Job job = own_job(preflight_job, permissions);
    job.env = ledger_environment(context_, route_);
    if (is_guarded()) job.steps.push_back(checkout_step());
    job.steps.push_back({.name = "Compare the environments with what was compiled",
                         .what = Run{.script = call_script("settings.sh")},
                         .env = {{"SETTINGS", environments_}, {"ENVIRONMENT", override_place()}, token()}});
    for (const ir::Environment* environment : production_) {
      if (has_duties()) job.steps.push_back(merged_step(*environment));
      const std::string id = "guard-" + environment->name;
      job.steps.push_back({.name = fmt::format("Check the guards of {}", environment->name),
                           .id = id,
                           .what = Run{.script = call_script("guard.sh")},
                           .env = {{"ENVIRONMENT", environment->name}, token()}});
      const auto output = [&](std::string_view name) {
        return Text::expression(fmt::format("steps.{}.outputs.{}", id, name));
      };
      job.outputs.emplace_back(proceed_output(*environment), output("proceed"));
      job.outputs.emplace_back(live_output(*environment), output("live"));
    }
    job.steps.push_back(end_step());
    job.outputs.emplace_back(end_output, end_time());
    place_called_scripts(job.steps);
    return job;
  }

  // Where two people let a commit pass the comparison of settings: an environment of production, if there is
  // one.
  std::string override_place() const {
    if (!production_.empty()) return production_.front()->name;
    const auto all = context_.production_environments();
    return all.empty() ? plan_.jobs.front().environment : all.front()->name;
  }

  Job duties() const {
    Job job =
        own_job(duties_job, {.actions = Access::read, .contents = Access::read, .issues = Access::write});
    job.needs = {std::string(preflight_job)};
    job.condition = proceed();
    job.env = ledger_environment(context_, route_);
    job.steps.push_back(checkout_step());
    // An incident does not wait for debts.
    const bool strict = route_.kind != ir::RouteKind::hotfix;
    for (const ir::Environment* environment : production_) {
      job.steps.push_back(
          monitor_step(context_, *environment, strict, strict ? context_.workflow_file(monitor_suffix) : ""));
    }
    place_called_scripts(job.steps);
    return job;
  }

  Job planned_job(const PlannedJob& planned) const {
    Job job = planned.kind == PlannedJob::Kind::deployment ? deployment_job(context_, plan_, planned)
              : planned.kind == PlannedJob::Kind::approval ? approval_job(context_, plan_, planned)
                                                           : plain_job(context_, plan_, planned);
    job.needs = needs_of(planned);
    if (plan_.is_production(planned)) {
      if (has_duties() && route_.kind != ir::RouteKind::hotfix) job.needs.emplace_back(duties_job);
      if (makes_way()) job.needs.push_back(make_way_id(planned));
    }
    if (planned.always) {
      job.condition = "always() && " + has_begun(planned);
    } else if (is_guarded()) {
      job.condition = proceed();
    }
    return job;
  }

  // What was never begun leaves nothing to clean up: it was refused, or there was nothing to deploy.
  std::string has_begun(const PlannedJob& planned) const {
    std::vector<std::string> any;
    for (const size_t job : planned.begun_by)
      any.push_back(fmt::format("needs.{}.outputs.{} == 'true'", plan_.jobs[job].id, begun_output));
    return any.size() == 1 ? any.front() : fmt::format("({})", join(any, " || "));
  }

  // Jobs know the outputs only of those that they name themselves.
  std::vector<std::string> needs_of(const PlannedJob& planned) const {
    std::vector<std::string> ids = first_jobs();
    std::set<const PlannedJob*> before;
    for (const size_t earlier : planned.needs)
      before.insert(&plan_.jobs[earlier]);
    for (const PlannedJob* maker : makers(context_, plan_, planned))
      before.insert(maker);
    for (const PlannedJob& job : plan_.jobs) {
      if (before.contains(&job)) ids.push_back(job.id);
    }
    return ids;
  }

  bool makes_way() const { return route_.kind == ir::RouteKind::hotfix; }

  std::string make_way_id(const PlannedJob& planned) const {
    const bool single = plan_.production_jobs().size() == 1;
    return single ? std::string(make_way_job) : fmt::format("{}-{}", make_way_job, planned.environment);
  }

  void add_before_production(const PlannedJob& planned) {
    const bool asks = std::any_of(planned.elements.begin(), planned.elements.end(),
                                  [](const ir::Element* e) { return e->kind == ir::ElementKind::approval; });
    if (asks && !has_job("notify-waiting")) add_notification("waiting", needs_of(planned));
    if (!makes_way()) return;
    Job job = own_job("make way", {.actions = Access::write});
    job.needs = needs_of(planned);
    job.condition = proceed();
    job.steps.push_back({.name = "Cancel runs that wait without the hotfix",
                         .what = Run{.script = call_script("make_way.sh")},
                         .env = {{"WORKFLOW", context_.workflow_file("")},
                                 {"TRUNK", context_.trunk_branch()},
                                 {"JOB", trunk_job_name(planned.environment)},
                                 {"RUN_ID", Text::expression("github.run_id")},
                                 token()},
                         // An incident does not wait for it: the deployment queues at the lock.
                         .continue_on_error = true});
    place_called_scripts(job.steps);
    add(make_way_id(planned), std::move(job));
  }

  // What the job of trunk is called that waits at the environment.
  std::string trunk_job_name(const std::string& environment) const {
    const RoutePlan trunk = plan(context_, context_.pipeline().trunk());
    for (const PlannedJob* job : trunk.production_jobs()) {
      if (job->environment == environment) return job->name();
    }
    return environment;
  }

  bool has_job(std::string_view id) const {
    return std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& job) { return job.first == id; });
  }

  void add_notification(std::string_view event, std::vector<std::string> needs) {
    std::optional<Job> job = notify_job(context_, plan_, event);
    if (!job) return;
    job->needs = std::move(needs);
    if (event == "ended") {
      // Nobody is told of a run that found nothing to deploy.
      std::vector<std::string> all{"always()"};
      for (const ir::Environment* environment : production_) {
        all.push_back(
            fmt::format("needs.{}.outputs.{} != 'false'", preflight_job, proceed_output(*environment)));
      }
      job->condition = join(all, " && ");
    } else if (is_guarded()) {
      job->condition = proceed();
    }
    add(fmt::format("notify-{}", event), std::move(*job));
  }

  // What a hotfix owes begins when it is deployed. Each step is tried, whatever became of the others.
  Job follow_up() const {
    const ir::HotfixPolicy& policy = *context_.pipeline().hotfix;
    Job job = own_job("follow up", {.actions = Access::write,
                                    .contents = Access::read,
                                    .issues = Access::write,
                                    .pull_requests = Access::write});
    for (const PlannedJob* production : plan_.production_jobs())
      job.needs.push_back(production->id);
    job.env = ledger_environment(context_, route_);
    std::string changes;
    for (const ir::Change& change : route_.changes)
      changes += fmt::format("- {} `{}`: {}\n", change.what, change.element, change.reason);
    const Environment report{{"ENVIRONMENT", production_.front()->name},
                             {"REPORT_LABEL", Context::report_label},
                             {"CHANGES", changes},
                             token()};
    const auto add_step = [&](std::string_view name, std::string_view script, Environment env) {
      job.steps.push_back({.name = std::string(name),
                           .condition = "!cancelled()",
                           .what = Run{.script = call_script(script)},
                           .env = std::move(env)});
    };
    if (context_.find(ir::RouteKind::backfill) != nullptr) {
      add_step("Start the backfill", "start_backfill.sh",
               {{"WORKFLOW", context_.workflow_file("")}, token()});
    }
    if (!policy.backfill_into.empty()) {
      add_step("Open the pull requests that merge it back", "back_merge.sh",
               {{"INTO", join(policy.backfill_into, "\n")},
                {"HOURS", std::to_string(policy.backfill_within.seconds / 3600)},
                {"REPORT_LABEL", Context::report_label},
                token()});
    }
    add_step("Open the review", "review.sh", report);
    place_called_scripts(job.steps);
    return job;
  }

  Job record_backfill() const {
    Job job = own_job("record the backfill", {.contents = Access::write});
    job.needs = plan_.last_jobs();
    job.env = ledger_environment(context_, route_);
    job.steps.push_back({.name = "Record that the backfill has passed",
                         .what = Run{.script = call_script("record_backfill.sh")},
                         .env = {token()}});
    place_called_scripts(job.steps);
    return job;
  }

  std::vector<std::string> secrets() const {
    std::set<std::string> names;
    for (const Channel& channel : channels_of(context_, route_))
      names.insert(channel.secret);
    for (const PlannedJob& job : plan_.jobs) {
      for (const ir::Element* element : job.elements) {
        const auto work = element->work.find("github");
        if (work == element->work.end()) continue;
        for (const auto& [variable, secret] : work->second.secrets)
          names.insert(secret);
        for (const ir::Service& service : work->second.services) {
          for (const auto& [variable, secret] : service.secrets)
            names.insert(secret);
        }
      }
    }
    return {names.begin(), names.end()};
  }

  const Context& context_;
  const RoutePlan& plan_;
  const ir::Route& route_;
  std::string_view environments_;
  // The environments that it deploys to in stages of production.
  std::vector<const ir::Environment*> production_;
  std::vector<std::pair<std::string, std::variant<Job, Call>>> jobs_;
};

}  // namespace

Workflow route_workflow(const Context& context, const RoutePlan& plan, std::string_view environments) {
  return RouteLowering(context, plan, environments).run();
}

}  // namespace pipec::backends::github
