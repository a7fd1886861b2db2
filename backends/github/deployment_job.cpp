#include "backends/common/values.h"
#include "backends/github/artifacts.h"
#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/steps.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::github {
namespace {

constexpr std::string_view record_step = "record";
// In the place of an outcome: something that was deployed has no way back.
constexpr std::string_view no_way_back = "impossible";

std::vector<std::string> alarms_of(const ir::Element& element) {
  if (!element.rollback || element.rollback->constructor() != "on_alarm") return {};
  const ir::Value* alarms = element.rollback->find("alarms");
  return alarms == nullptr ? std::vector<std::string>{} : alarms->texts();
}

class DeploymentSteps {
 public:
  DeploymentSteps(const Context& context, const RoutePlan& plan, const PlannedJob& planned, Job& job)
      : context_(context),
        plan_(plan),
        planned_(planned),
        job_(job),
        environment_(context.environment(plan.stage_of(planned))),
        elements_(context, plan, planned, job.steps) {}

  void run() {
    for (const ir::Element* element : planned_.elements) {
      if (element->kind == ir::ElementKind::approval) add(approval_step(plan_, planned_, *element));
    }
    add(checkout_step());
    bool begun = false;
    for (const ir::Element* element : planned_.elements) {
      if (element->kind == ir::ElementKind::approval) continue;
      if (!begun && needs_claim(plan_.stage_of(planned_), *element)) {
        begin();
        begun = true;
      }
      say_begun();
      if (acts(*element)) {
        deploy(*element);
      } else {
        elements_.add_before(*element);
        elements_.add_command(*element);
        elements_.add_after(*element);
      }
    }
    take_back();
    if (plan_.is_production(planned_)) record();
  }

 private:
  void add(Step step) { job_.steps.push_back(std::move(step)); }

  // Behind what may refuse the whole.
  void say_begun() {
    if (!planned_.says_begun || said_begun_) return;
    said_begun_ = true;
    add(begun_step());
    job_.outputs.emplace_back(begun_output, begun());
  }

  // Directly before the first change: the guards again, the claim, and the rights.
  void begin() {
    if (plan_.is_production(planned_)) {
      add({.name = "Check the guards again",
           .what = Run{.script = call_script("guard.sh")},
           .env = {{"CHECKED_LIVE", Text::expression(fmt::format("needs.{}.outputs.{}", preflight_job,
                                                                 live_output(environment_)))},
                   token()}});
      if (plan_.route->kind == ir::RouteKind::hotfix) {
        add({.name = "Claim the branch",
             .what = Run{.script = call_script("claim.sh")},
             .env = {state_folder(), token()}});
      }
      add({.name = "Record that it begins",
           .what = Run{.script = call_script("record.sh", "begin")},
           .env = {state_folder(), token()}});
    }
    if (!has_account()) return;
    add(aws_login(deploy_login, context_, RoleKind::deploy, &environment_, environment_.regions.front(),
                  job_minutes(planned_)));
  }

  // An environment may be somewhere else than in AWS. Its commands have no role, and it is one place of its
  // own name.
  bool has_account() const { return planned_.takes(RoleKind::deploy); }
  std::vector<std::string> places() const {
    return environment_.regions.empty() ? std::vector<std::string>{environment_.name} : environment_.regions;
  }
  Environment rights() const {
    return has_account() ? aws_credentials(deploy_login, environment_.regions.front()) : Environment{};
  }

  std::vector<std::vector<std::string>> waves(const ir::Element& element) const {
    const bool together = element.waves.empty() || element.waves.front().empty();
    return together ? std::vector<std::vector<std::string>>{places()} : element.waves;
  }

  void deploy(const ir::Element& element) {
    elements_.add_before(element);
    const auto all = waves(element);
    std::vector<std::string> done;
    for (size_t w = 0; w < all.size(); ++w) {
      if (w > 0 && element.wave_bake.seconds > 0) add(bake(element, w, done));
      const std::string suffix = all.size() == 1 ? "" : fmt::format(", wave {} of {}", w + 1, all.size());
      add({.name = element.id + suffix,
           .id = all.size() == 1 ? step_id(element) : wave_step(element, w + 1),
           .what = regions_script(element, "deploy", all[w]),
           .env = environment(element)});
      done.insert(done.end(), all[w].begin(), all[w].end());
    }
    elements_.add_after(element);
  }

  // Between two waves, with the alarms of the regions that have the new version.
  Step bake(const ir::Element& element, size_t wave, const std::vector<std::string>& regions) const {
    Environment variables = rights();
    variables.emplace_back("ALARMS", join(alarms_of(element), "\n"));
    variables.emplace_back("ELEMENT", element.id);
    variables.push_back(state_folder());
    // The script ends by itself; the limit is for a platform that does not answer.
    const Duration limit = element.wave_bake + Duration::minutes(1);
    return {.name = fmt::format("Bake wave {} of {}", wave, element.id),
            .what = Run{.script = call_script(
                            "alarms.sh", fmt::format("{} {}", element.wave_bake.seconds, words(regions))),
                        .shell = limited_shell(limit, ir::Shell::bash)},
            .env = variables};
  }

  Run regions_script(const ir::Element& element, std::string_view verb,
                     const std::vector<std::string>& regions) const {
    const ir::Work& work = element.work.at("github");
    const std::string script = work.block ? work.block->name : "command";
    return {.script = call_script("regions.sh", fmt::format("{} {} {}", script, verb, words(regions))),
            .shell = limited_shell(element.timeout, ir::Shell::bash)};
  }

  Environment environment(const ir::Element& element) const {
    Environment variables = rights();
    variables.emplace_back("ELEMENT", element.id);
    variables.push_back(state_folder());
    const ir::Work& work = element.work.at("github");
    if (!work.block) {
      add_command(element, work, variables);
    } else if (work.block->name == "ecs_service") {
      add_service(element, *work.block, variables);
    } else {
      add_change_set(*work.block, variables);
    }
    return variables;
  }

  void add_command(const ir::Element& element, const ir::Work& work, Environment& variables) const {
    variables.emplace_back("SHELL_COMMAND", shell_command(work.shell));
    variables.emplace_back("SCRIPT", work.script);
    if (!work.undo.empty()) variables.emplace_back("UNDO", work.undo);
    const Environment own = element_environment(context_, plan_, planned_, element);
    variables.insert(variables.end(), own.begin(), own.end());
  }

  void add_service(const ir::Element& element, const ir::Block& block, Environment& variables) const {
    for (const auto& [variable, field] : {std::pair{"CLUSTER", "cluster"},
                                          {"SERVICE", "service"},
                                          {"CONTAINER", "container"},
                                          {"CONTROLLER", "controller"}}) {
      variables.emplace_back(variable, field_text(block, field));
    }
    variables.emplace_back("IMAGE", value_text(context_, plan_, planned_, *ir::find(block.fields, "image")));
    variables.emplace_back("ALARMS", join(alarms_of(element), "\n"));
    if (field_text(block, "controller") != "code_deploy") return;
    variables.emplace_back("PORT", field_text(block, "port"));
    variables.emplace_back("TASK_DEFINITION", field_text(block, "task_definition"));
    variables.emplace_back("APPLICATION", context_.code_deploy_application(environment_));
    variables.emplace_back("DEPLOYMENT_GROUP", context_.code_deploy_group(environment_, block));
    variables.emplace_back("DEPLOYMENT_CONFIG",
                           context_.code_deploy_configuration(environment_, *element.strategy));
  }

  void add_change_set(const ir::Block& block, Environment& variables) const {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
    if (const ir::Value* value = ir::find(block.fields, "parameters")) {
      if (const auto* map = value->as<ir::Constructed>()) {
        for (const auto& [name, parameter] : map->arguments)
          parameters[name] = environment_text(parameter);
      }
    }
    variables.emplace_back("STACK", field_text(block, "stack"));
    variables.emplace_back("TEMPLATE",
                           value_text(context_, plan_, planned_, *ir::find(block.fields, "template")));
    variables.emplace_back("PARAMETERS", parameters.dump());
    variables.emplace_back("ROLE", context_.role_arn(RoleKind::stack, &environment_));
    variables.emplace_back("NAME", Text("pipec-") + Text::expression("github.run_id") + "-" +
                                       Text::expression("github.run_attempt"));
  }

  // Whether a deployment can be taken back by pipec, and shall be. CloudFormation goes back by itself.
  static bool has_way_back(const ir::Element& element) {
    if (element.rollback && element.rollback->constructor() == "none") return false;
    const ir::Work& work = element.work.at("github");
    return work.block ? work.block->name == "ecs_service" : !work.undo.empty();
  }

  std::vector<const ir::Element*> deployments() const {
    std::vector<const ir::Element*> found;
    for (const ir::Element* element : planned_.elements) {
      if (acts(*element)) found.push_back(element);
    }
    return found;
  }

  // The last first.
  void take_back() {
    const auto all = deployments();
    for (auto element = all.rbegin(); element != all.rend(); ++element) {
      if (!has_way_back(**element)) continue;
      add({.name = "Take back " + (*element)->id,
           .id = undo_step(**element),
           .condition = "failure() || cancelled()",
           .what = regions_script(**element, "undo", places()),
           .env = environment(**element)});
    }
  }

  void record() {
    Text rollbacks;
    for (const ir::Element* element : deployments()) {
      const Text outcome = has_way_back(*element)
                               ? Text::expression(fmt::format("steps.{}.outcome", undo_step(*element)))
                               : Text(no_way_back);
      rollbacks = rollbacks.written().empty() ? outcome : rollbacks + " " + outcome;
    }
    add({.name = "Record how it ended",
         .id = std::string(record_step),
         .condition = "always()",
         .what = Run{.script = call_script("record.sh")},
         .env = {{"JOB_STATUS", Text::expression("job.status")},
                 {"ROLLBACKS", rollbacks},
                 state_folder(),
                 token()}});
    job_.outputs.emplace_back(outcome_output,
                              Text::expression(fmt::format("steps.{}.outputs.outcome", record_step)));
  }

  const Context& context_;
  const RoutePlan& plan_;
  const PlannedJob& planned_;
  Job& job_;
  const ir::Environment& environment_;
  ElementSteps elements_;
  bool said_begun_ = false;
};

}  // namespace

std::string live_output(const ir::Environment& environment) { return "live-" + environment.name; }

std::string proceed_output(const ir::Environment& environment) { return "proceed-" + environment.name; }

Job deployment_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned) {
  const bool production = plan.is_production(planned);
  Job job{.name = planned.name(),
          .runs_on = context.runner("small"),
          .timeout_minutes = job_minutes(planned),
          .permissions = Permissions{.contents = Access::read,
                                     .id_token = planned.roles.empty() ? Access::none : Access::write},
          .environment = EnvironmentUse{.name = planned.environment, .deployment = true},
          .concurrency = lock_of(context, plan.stage_of(planned))};
  if (production) {
    // To claim and to record, and to ask for the state of the run that holds a claim.
    *job.permissions |= Permissions{.actions = Access::read, .contents = Access::write};
    job.env = ledger_environment(context, *plan.route);
    job.env.emplace_back("ENVIRONMENT", planned.environment);
  }
  say_environment(context, plan.stage_of(planned), job);
  DeploymentSteps(context, plan, planned, job).run();
  if (planned.times_approval) {
    job.steps.push_back(end_step());
    job.outputs.emplace_back(end_output, end_time());
  }
  add_artifact_outputs(context, planned, job);
  place_called_scripts(job.steps);
  return job;
}

}  // namespace pipec::backends::github
