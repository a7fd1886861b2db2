#include "backends/common/values.h"
#include "backends/github/artifacts.h"
#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/steps.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

constexpr std::string_view registry_login = "aws_registry";
constexpr std::string_view account_login = "aws_account";

bool is_window(const ir::Work& work) { return work.block && work.block->name == "window"; }

Job new_job(const PlannedJob& planned, const Context& context, std::string_view compute) {
  return {.name = planned.name(),
          .runs_on = context.runner(compute),
          .timeout_minutes = job_minutes(planned),
          .permissions = Permissions{.contents = Access::read}};
}

// The largest machine that an element asks for.
std::string compute_of(const PlannedJob& planned) {
  std::string largest = "small";
  for (const ir::Element* element : planned.elements) {
    const std::string& wanted = element->work.at("github").compute;
    if (wanted == "large" || (wanted == "medium" && largest == "small")) largest = wanted;
  }
  return largest;
}

}  // namespace

void ElementSteps::add_before(const ir::Element& element) {
  add_setup_steps(element.work.at("github"), installed_, steps_);
  add_caches(element);
  add_fetch_steps(context_, plan_, planned_, element, fetched_, steps_);
  add_logins(element);
  for (const size_t index : element.produces) {
    const ir::Artifact& artifact = context_.pipeline().artifacts[index];
    if (!is_container(artifact)) continue;
    steps_.push_back({.name = "Name " + artifact.name,
                      .id = own_image_step(artifact),
                      .what = Run{.script = call_script("image_name.sh")},
                      .env = {{"REGISTRY", context_.registry()},
                              {"REPOSITORY", artifact.repository},
                              {"COMMIT", Text::expression("github.sha")},
                              {"RUN_ID", Text::expression("github.run_id")},
                              {"RUN_ATTEMPT", Text::expression("github.run_attempt")}}});
  }
}

// GitHub documentation, "Dependency caching reference": a run finds caches of its own ref, of the base of its
// pull request and of the default branch. Keys part what leads to production from everything else besides.
void ElementSteps::add_caches(const ir::Element& element) {
  if (planned_.elements.size() != 1) return;
  const ir::Route& route = *plan_.route;
  const bool trusted = route.kind == ir::RouteKind::trunk || route.reaches_production();
  // An incident does not wait until a cache is stored, and a hotfix's code was not reviewed by then.
  const bool reads_only = route.kind == ir::RouteKind::hotfix;
  size_t number = 0;
  for (const ir::Cache& cache : element.work.at("github").caches) {
    std::vector<std::string> files;
    for (const std::string& file : cache.key)
      files.push_back(quoted(file));
    const auto key = [&](std::string_view trust) {
      return Text(fmt::format("{}-{}-", cache_key(context_, trust, element), number)) +
             Text::expression("runner.os") + "-" + Text::expression("runner.arch") + "-" +
             Text::expression(fmt::format("hashFiles({})", join(files, ", ")));
    };
    Use use{.action = reads_only ? actions::cache_restore : actions::cache,
            .with = {{"path", join(cache.paths, "\n")}, {"key", key(trusted ? "production" : "other")}}};
    if (!trusted) use.with.emplace_back("restore-keys", key("production"));
    steps_.push_back({.name = fmt::format("Fetch the cache {} of {}", ++number, element.id),
                      .what = std::move(use),
                      .continue_on_error = true});
  }
}

void ElementSteps::add_logins(const ir::Element& element) {
  const auto stored = [&](size_t index) {
    const ir::Artifact& artifact = context_.pipeline().artifacts[index];
    return is_container(artifact) && !artifact.maker.empty();
  };
  const bool registry = std::any_of(element.produces.begin(), element.produces.end(), stored) ||
                        std::any_of(element.consumes.begin(), element.consumes.end(), stored);
  const long minutes = job_minutes(planned_);
  if (registry && !in_registry_ && planned_.kind == PlannedJob::Kind::plain) {
    in_registry_ = true;
    const RoleKind role = planned_.takes(RoleKind::push) ? RoleKind::push : RoleKind::pull;
    const std::string where = context_.setting("region");
    steps_.push_back(aws_login(registry_login, context_, role, nullptr, where, minutes));
    Environment environment = aws_credentials(registry_login, where);
    environment.emplace_back("REGISTRY", context_.registry());
    steps_.push_back({.name = "Log in to the registry",
                      .what = Run{.script = call_script("registry_login.sh")},
                      .env = environment});
  }
  if (element.work.at("github").access.empty() || in_account_ || !planned_.takes(RoleKind::check)) return;
  in_account_ = true;
  const ir::Environment& environment = context_.environment(plan_.stage_of(planned_));
  steps_.push_back(
      aws_login(account_login, context_, RoleKind::check, &environment, region(element), minutes));
}

std::string ElementSteps::region(const ir::Element& element) const {
  if (!element.region.empty()) return element.region;
  return context_.environment(plan_.stage_of(planned_)).regions.front();
}

Environment ElementSteps::credentials(const ir::Element& element) const {
  if (element.work.at("github").access.empty()) return {};
  // Before the first change of production stands what takes the role of its job.
  if (planned_.takes(RoleKind::deploy)) return aws_credentials(deploy_login, region(element));
  return planned_.takes(RoleKind::check) ? aws_credentials(account_login, region(element)) : Environment{};
}

void ElementSteps::add_command(const ir::Element& element) {
  const ir::Work& work = element.work.at("github");
  Step step{.name = element.id, .id = step_id(element), .what = Run{.script = std::string()}};
  if (is_window(work)) {
    step.what =
        Run{.script = call_script("window.sh"), .shell = limited_shell(element.timeout, ir::Shell::bash)};
    step.env = {{"OPEN", field_text(*work.block, "open")}, {"ZONE", field_text(*work.block, "zone")}};
  } else {
    step.what = Run{.script = work.script + "\n",
                    .shell = limited_shell(element.timeout, work.shell),
                    .working_directory = work.working_directory == "." ? "" : work.working_directory};
    step.env = element_environment(context_, plan_, planned_, element);
    const Environment rights = credentials(element);
    // What the author of the pipeline sets himself comes last, and counts.
    step.env.insert(step.env.begin(), rights.begin(), rights.end());
  }
  add_tries(element, step, steps_);
}

void ElementSteps::add_after(const ir::Element& element) {
  for (const size_t index : element.produces) {
    const ir::Artifact& artifact = context_.pipeline().artifacts[index];
    if (!is_container(artifact)) continue;
    Environment environment = aws_credentials(registry_login, context_.setting("region"));
    environment.emplace_back("IMAGE",
                             Text::expression(fmt::format("steps.{}.outputs.uri", own_image_step(artifact))));
    steps_.push_back({.name = fmt::format("Take the digest of {}", artifact.name),
                      .id = artifact_step(artifact),
                      .what = Run{.script = call_script("image_digest.sh")},
                      .env = environment});
  }
  add_store_steps(context_, element, steps_);
  std::vector<std::string> paths;
  for (const ir::ReportFile& report : element.work.at("github").reports)
    paths.insert(paths.end(), report.paths.begin(), report.paths.end());
  if (paths.empty()) return;
  // A report that is missing although the command ran is a failure: nobody could look at its results.
  steps_.push_back({.name = fmt::format("Store the reports of {}", element.id),
                    .condition = fmt::format(
                        "always() && contains(fromJSON('[\"success\", \"failure\"]'), steps.{}.outcome)",
                        step_id(element)),
                    .what = Use{.action = actions::upload_artifact,
                                .with = {{"name", "reports-" + element.id},
                                         {"path", join(paths, "\n")},
                                         {"if-no-files-found", "error"},
                                         {"overwrite", "true"}}}});
}

void say_environment(const Context& context, const ir::Stage& stage, Job& job) {
  job.env.emplace_back("PIPEC_ENVIRONMENT", stage.environment ? context.environment(stage).name : "");
}

Concurrency lock_of(const Context& context, const ir::Stage& stage) {
  return {.group = context.concurrency_group(context.environment(stage).name), .queue = true};
}

// Containers belong to the job, so its element is alone in it.
void add_services(const PlannedJob& planned, Job& job) {
  for (const ir::Element* element : planned.elements) {
    for (const ir::Service& service : element->work.at("github").services) {
      Environment env;
      for (const auto& [name, value] : service.environment)
        env.emplace_back(name, value);
      for (const auto& [name, secret] : service.secrets)
        env.emplace_back(name, Text::expression("secrets." + secret));
      job.services.push_back(
          {.id = service.name, .image = service.image, .port = service.port, .env = std::move(env)});
    }
  }
  if (job.services.empty()) return;
  Text lines;
  for (const ir::Service& service : planned.elements.front()->work.at("github").services)
    lines = lines + service.name + " " + service_port(service) + "\n";
  job.steps.push_back({.name = "Wait for the services",
                       .what = Run{.script = call_script("services.sh")},
                       .env = {{"SERVICES", lines}}});
}

Job plain_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned) {
  Job job = new_job(planned, context, compute_of(planned));
  if (!planned.environment.empty())
    job.environment = EnvironmentUse{.name = planned.environment, .deployment = false};
  if (!planned.roles.empty()) (*job.permissions).id_token = Access::write;
  say_environment(context, plan.stage_of(planned), job);
  // What cleans up changes the environment: not while another run deploys there.
  if (planned.always && plan.stage_of(planned).environment)
    job.concurrency = lock_of(context, plan.stage_of(planned));
  job.steps.push_back(checkout_step());
  if (planned.says_begun) {
    job.steps.push_back(begun_step());
    job.outputs.emplace_back(begun_output, begun());
  }
  add_services(planned, job);
  ElementSteps steps(context, plan, planned, job.steps);
  for (const ir::Element* element : planned.elements) {
    steps.add_before(*element);
    steps.add_command(*element);
    steps.add_after(*element);
  }
  if (planned.times_approval) {
    job.steps.push_back(end_step());
    job.outputs.emplace_back(end_output, end_time());
  }
  add_artifact_outputs(context, planned, job);
  place_called_scripts(job.steps);
  return job;
}

Job approval_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned) {
  Job job = new_job(planned, context, "small");
  (*job.permissions).contents = Access::none;
  job.environment = EnvironmentUse{.name = planned.environment, .deployment = false};
  for (const ir::Element* element : planned.elements)
    job.steps.push_back(approval_step(plan, planned, *element));
  if (planned.times_approval) {
    job.steps.push_back(end_step());
    job.outputs.emplace_back(end_output, end_time());
  }
  place_called_scripts(job.steps);
  return job;
}

void place_called_scripts(std::vector<Step>& steps) {
  std::vector<std::string> called;
  for (const Step& step : steps) {
    const auto* run = std::get_if<Run>(&*step.what);
    if (run == nullptr) continue;
    const std::vector<std::string> words = called_script(*run->script);
    if (words.empty()) continue;
    called.push_back(words[0] + ".sh");
    // It runs another one in each region.
    if (words[0] == "regions") called.push_back(words[1] + ".sh");
  }
  if (called.empty()) return;
  steps.insert(steps.begin(), place_scripts({called.begin(), called.end()}));
}

}  // namespace pipec::backends::github
