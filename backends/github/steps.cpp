#include "backends/github/steps.h"

#include "backends/github/scripts.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// A command that does not listen to the end of its time is killed.
constexpr std::string_view limit_start = "timeout --kill-after=30s ";
// Until the runner has the checkout, the languages and the tools; and after the last limit until the reports
// are up.
constexpr long preparation_minutes = 10;
// AWS STS API Reference, AssumeRoleWithWebIdentity: the shortest and the longest session, in seconds.
constexpr long shortest_session = 900;
constexpr long longest_session = 43200;

// No caches: what is published must not depend on what some other branch left behind.
Use setup_action(const ir::Runtime& runtime) {
  if (runtime.name == "go")
    return {.action = actions::setup_go, .with = {{"go-version", runtime.version}, {"cache", "false"}}};
  if (runtime.name == "node") {
    return {.action = actions::setup_node,
            .with = {{"node-version", runtime.version}, {"package-manager-cache", "false"}}};
  }
  if (runtime.name == "python")
    return {.action = actions::setup_python, .with = {{"python-version", runtime.version}}};
  PIPEC_CHECK(runtime.name == "java");
  return {.action = actions::setup_java,
          .with = {{"distribution", "temurin"}, {"java-version", runtime.version}}};
}

// The refs from which runs of a route come, one on a line; `*` may stand at the end. A schedule and a start
// by hand are runs of the trunk.
std::string own_refs(const Context& context, const ir::Route& route) {
  std::vector<std::string> refs;
  for (const std::string& branch : route.trigger.branches)
    refs.push_back("refs/heads/" + branch);
  for (const std::string& tag : route.trigger.tags)
    refs.push_back("refs/tags/" + tag);
  const std::string trunk = "refs/heads/" + context.trunk_branch();
  const bool known = std::find(refs.begin(), refs.end(), trunk) != refs.end();
  if (!known && (!route.trigger.schedule.empty() || route.trigger.manual)) refs.push_back(trunk);
  return join(refs, "\n");
}

}  // namespace

std::string shell_command(ir::Shell shell) {
  return shell == ir::Shell::sh ? "sh -eu" : "bash --noprofile --norc -euo pipefail";
}

std::string limited_shell(Duration limit, ir::Shell shell) {
  return fmt::format("{}{}s {} {{0}}", limit_start, limit.seconds, shell_command(shell));
}

Duration limit_of(std::string_view shell) {
  if (!shell.starts_with(limit_start)) return {};
  shell.remove_prefix(limit_start.size());
  Duration limit;
  const char* const last = shell.data() + shell.size();
  const auto [end, error] = std::from_chars(shell.data(), last, limit.seconds);
  return error == std::errc() && end != last && *end == 's' ? limit : Duration{};
}

Step checkout_step() {
  return {.name = "Check out",
          .what = Use{.action = actions::checkout,
                      .with = {{"fetch-depth", "0"}, {"persist-credentials", "false"}}}};
}

Step aws_login(std::string_view id, const Context& context, RoleKind kind, const ir::Environment* environment,
               std::string_view region, long job_minutes) {
  const long seconds = std::clamp(job_minutes * 60, shortest_session, longest_session);
  const std::string account = environment == nullptr ? context.setting("account") : environment->account;
  return {.name = fmt::format("Take the role {}", context.role_name(kind, environment)),
          .id = std::string(id),
          .what = Use{.action = actions::aws_credentials,
                      .with = {{"role-to-assume", context.role_arn(kind, environment)},
                               {"role-session-name", Text("pipec-") + Text::expression("github.run_id")},
                               {"role-duration-seconds", std::to_string(seconds)},
                               {"aws-region", region},
                               {"allowed-account-ids", account},
                               {"output-credentials", "true"},
                               {"output-env-credentials", "false"}}}};
}

Environment aws_credentials(std::string_view id, std::string_view region) {
  const auto output = [&](std::string_view name) {
    return Text::expression(fmt::format("steps.{}.outputs.{}", id, name));
  };
  return {{"AWS_ACCESS_KEY_ID", output("aws-access-key-id")},
          {"AWS_SECRET_ACCESS_KEY", output("aws-secret-access-key")},
          {"AWS_SESSION_TOKEN", output("aws-session-token")},
          {"AWS_REGION", region},
          {"AWS_DEFAULT_REGION", region}};
}

Environment ledger_environment(const Context& context, const ir::Route& route) {
  Environment environment{{"PIPELINE", context.pipeline().name},
                          {"TRUNK", context.trunk_branch()},
                          {"ROUTE", route.name},
                          {"COMMIT", Text::expression("github.sha")},
                          {"BRANCH", Text::expression("github.ref_name")},
                          {"RUN_ID", Text::expression("github.run_id")},
                          {"RUN_ATTEMPT", Text::expression("github.run_attempt")},
                          {"ACTOR", Text::expression("github.actor")}};
  if (context.pipeline().hotfix) environment.emplace_back("BRANCH_PATTERN", context.branch_pattern());
  if (route.kind == ir::RouteKind::hotfix)
    environment.emplace_back("CONTROL_PATHS", join(context.control_paths(), "\n"));
  if (route.kind != ir::RouteKind::hotfix && route.kind != ir::RouteKind::backfill)
    environment.emplace_back("REFS", own_refs(context, route));
  return environment;
}

std::pair<std::string, Text> token() { return {"GH_TOKEN", Text::expression("github.token")}; }

std::pair<std::string, Text> state_folder() {
  return {"PIPEC_STATE", Text::expression("runner.temp") + "/pipec-state"};
}

std::string step_id(const ir::Element& element) { return identifier(element.id); }

std::string try_step(const ir::Element& element, int64_t number) {
  return fmt::format("{}-try-{}", step_id(element), number);
}

std::string wave_step(const ir::Element& element, size_t number) {
  return fmt::format("{}-wave-{}", step_id(element), number);
}

std::string undo_step(const ir::Element& element) { return "undo-" + step_id(element); }

std::string cache_key(const Context& context, std::string_view trust, const ir::Element& element) {
  return fmt::format("pipec-{}-{}-{}", context.pipeline().name, trust, step_id(element));
}

Step approval_step(const RoutePlan& plan, const PlannedJob& planned, const ir::Element& approval) {
  const auto ended = [](std::string_view job) {
    return Text::expression(fmt::format("needs.{}.outputs.{}", job, end_output));
  };
  Text asked = ended(preflight_job);
  for (const size_t earlier : planned.needs)
    asked = asked + " " + ended(plan.jobs[earlier].id);
  return {.name = approval.id,
          .what = Run{.script = call_script("approval_age.sh")},
          .env = {{"WITHIN", std::to_string(approval.within.seconds)}, {"ASKED", asked}}};
}

Step end_step() {
  return {
      .name = "Say when this job ended",
      .id = std::string(end_output),
      .what = Run{.script = fmt::format("echo \"{}=$(date -u +%s)\" >>\"$GITHUB_OUTPUT\"\n", end_output)}};
}

Text end_time() { return Text::expression(fmt::format("steps.{0}.outputs.{0}", end_output)); }

Step begun_step() {
  return {.name = "Say that the stage has begun",
          .id = std::string(begun_output),
          .what = Run{.script = fmt::format("echo \"{}=true\" >>\"$GITHUB_OUTPUT\"\n", begun_output)}};
}

Text begun() { return Text::expression(fmt::format("steps.{0}.outputs.{0}", begun_output)); }

void add_tries(const ir::Element& element, Step step, std::vector<Step>& steps) {
  const std::string name = *step.name;
  std::string before;
  for (int64_t number = 1; number <= element.retries + 1; ++number) {
    if (number > 1) {
      step.name = fmt::format("{}, try {}", name, number);
      step.id = try_step(element, number);
      step.condition = fmt::format("steps.{}.outcome == 'failure'", before);
      if (element.backoff.seconds > 0) {
        steps.push_back({.name = fmt::format("Wait before try {} of {}", number, name),
                         .condition = step.condition,
                         .what = Run{.script = fmt::format("sleep {}\n", element.backoff.seconds)}});
      }
    }
    step.continue_on_error = number <= element.retries || element.continue_on_failure;
    before = step.id;
    steps.push_back(step);
  }
}

Duration longest_time(const ir::Element& element) {
  if (element.kind == ir::ElementKind::approval) return {};
  const auto waves = static_cast<int64_t>(std::max<size_t>(element.waves.size(), 1));
  Duration time = element.timeout * waves * (1 + element.retries) + element.backoff * element.retries;
  // The way back may take as long as a wave.
  if (element.kind == ir::ElementKind::deploy) time += element.wave_bake * (waves - 1) + element.timeout;
  return time;
}

long job_minutes(const PlannedJob& planned) {
  Duration time;
  for (const ir::Element* element : planned.elements)
    time += longest_time(*element);
  return static_cast<long>((time.seconds + 59) / 60) + preparation_minutes;
}

void add_setup_steps(const ir::Work& work, std::vector<std::string>& known, std::vector<Step>& steps) {
  for (const ir::Runtime& runtime : work.runtimes) {
    const std::string key = runtime.name + " " + runtime.version;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    // A later version takes the place of an earlier one, so that one is no longer there.
    std::erase_if(known, [&](const std::string& other) { return other.starts_with(runtime.name + " "); });
    known.push_back(key);
    steps.push_back(
        {.name = fmt::format("Install {} {}", runtime.name, runtime.version), .what = setup_action(runtime)});
  }
  for (const ir::Tool& tool : work.tools) {
    const std::string key = tool.name + "@" + tool.sha256;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::erase_if(known, [&](const std::string& other) { return other.starts_with(tool.name + "@"); });
    known.push_back(key);
    steps.push_back(
        {.name = fmt::format("Install {}", tool.name),
         .what = Run{.script = call_script("install_tool.sh")},
         .env = {{"NAME", tool.name}, {"URL", tool.url}, {"SHA256", tool.sha256}, {"MEMBER", tool.member}}});
  }
}

}  // namespace pipec::backends::github
