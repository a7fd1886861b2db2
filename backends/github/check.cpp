#include "backends/github/check.h"

#include "backends/common/values.h"
#include "backends/github/context.h"
#include "backends/github/plan.h"
#include "backends/github/steps.h"
#include "backends/github/workflows.h"
#include "compiler/diag/kinds/github.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/support/branches.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace pipec::backends::github {
namespace {

// GitHub documentation, "Actions limits": a job of a hosted runner ends after six hours.
constexpr long longest_job_minutes = 360;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// GitHub documentation, "Naming your secrets"; small letters are made capitals, so they are no names.
bool is_secret_name(std::string_view name) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
  return plain && !name.empty() && !is_digit(name.front()) && !name.starts_with("GITHUB_");
}

// Variables of the runner and of pipec's scripts: a command could not have them, or would disturb them.
bool is_reserved(std::string_view variable, bool deploys) {
  constexpr auto prefixes = std::to_array<std::string_view>({"GITHUB_", "RUNNER_", "ACTIONS_"});
  constexpr auto of_deployments = std::to_array<std::string_view>(
      {"SCRIPT", "UNDO", "STATE", "ELEMENT", "SHELL_COMMAND", "AWS_REGION", "AWS_DEFAULT_REGION",
       "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"});
  const bool prefixed = std::any_of(prefixes.begin(), prefixes.end(),
                                    [&](auto prefix) { return variable.starts_with(prefix); });
  return prefixed || (deploys && std::find(of_deployments.begin(), of_deployments.end(), variable) !=
                                     of_deployments.end());
}

// In a condition only the start of a ref can be compared.
bool is_comparable(std::string_view pattern) {
  if (pattern.find_first_of("?[]!+\\") != std::string_view::npos) return false;
  const size_t star = pattern.find('*');
  return star == std::string_view::npos || pattern.find_first_not_of('*', star) == std::string_view::npos;
}

// What a command reads in place of the expression that begins `text`, behind its `${{`.
std::string said_by_variable(std::string_view text) {
  constexpr auto known = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"github.sha", "PIPEC_COMMIT"},
      {"github.head_ref", "PIPEC_REF"},
      {"github.ref_name", "PIPEC_REF"},
      {"github.run_id", "PIPEC_RUN_ID"},
      {"github.event.number", "PIPEC_PULL_REQUEST"},
  });
  text = text.substr(0, text.find("}}"));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  for (const auto& [expression, variable] : known) {
    if (text == expression) return fmt::format("the command finds it in `${}`", variable);
  }
  const std::string_view name = text.substr(text.find('.') + 1);
  const bool is_name =
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
  if (text.starts_with("secrets.") && is_name)
    return fmt::format("give it with `secrets = {{ {0} = secret(\"{0}\") }}`; the command finds it in `${0}`",
                       name);
  if ((text.starts_with("env.") || text.starts_with("matrix.")) && is_name)
    return fmt::format("the command finds it in `${}`", name);
  return "give the value with `env = { NAME = VALUE }`; the command finds it in `$NAME`";
}

class PipelineCheck {
 public:
  PipelineCheck(const ir::Pipeline& pipeline, DiagnosticSink& sink)
      : pipeline_(pipeline), sink_(sink), context_(pipeline, options_) {}

  void run() {
    if (!sources()) return;
    environments();
    channels(pipeline_.notify);
    if (pipeline_.hotfix) channels(pipeline_.hotfix->notify);
    paths();
    for (const ir::Route& route : pipeline_.routes) {
      triggers(route);
      bool placed_well = true;
      for (const Placed& placed : elements_of(route))
        placed_well = element(placed) && placed_well;
      if (placed_well) jobs(route);
    }
    prefixes(&ir::Trigger::branches);
    prefixes(&ir::Trigger::tags);
    prefixes(&ir::Trigger::pull_requests);
  }

 private:
  bool sources() {
    for (size_t i = 1; i < pipeline_.sources.size(); ++i) {
      sink_.report(diag::github_second_source, pipeline_.sources[i].span, pipeline_.sources[i].name);
    }
    // That there is none was reported before.
    return !pipeline_.sources.empty();
  }

  // Names that pipec gives to environments of its own. GitHub does not tell capitals from small letters.
  void environments() {
    std::set<std::string> own{std::string(Context::push_environment), std::string(Context::pull_environment)};
    for (const ir::Environment& environment : pipeline_.environments) {
      own.insert({lower_case(Context::checks_environment(environment)),
                  lower_case(Context::approval_environment(environment)),
                  lower_case(Context::override_environment(environment))});
    }
    for (const ir::Environment& environment : pipeline_.environments) {
      if (own.contains(lower_case(environment.name)))
        sink_.report(diag::github_environment_name, environment.span, environment.name);
    }
  }

  void channels(const std::vector<ir::Value>& channels) {
    for (const ir::Value& channel : channels) {
      if (channel.constructor() != "slack") {
        sink_.report(diag::github_channel, channel.span, channel.constructor());
        continue;
      }
      const ir::Value* webhook = channel.find("webhook");
      const ir::Value* name = webhook == nullptr ? nullptr : webhook->find("name");
      if (name != nullptr) secret(std::string(name->text()), channel.span);
    }
  }

  void secret(const std::string& name, Span span) {
    if (!is_secret_name(name)) sink_.report(diag::github_secret_name, span, name);
  }

  // One workflow is started by all pushes, so what is filtered is filtered for every route.
  void paths() {
    const ir::Route* filtered = nullptr;
    const ir::Route* other = nullptr;
    for (const ir::Route& route : pipeline_.routes) {
      const ir::Trigger& trigger = route.trigger;
      if (!trigger.pull_requests.empty() && !trigger.paths.empty())
        sink_.report(diag::github_review_paths, route.span, route.name);
      if (trigger.branches.empty() && trigger.tags.empty()) continue;
      if (filtered == nullptr && !trigger.paths.empty()) filtered = &route;
      if (other == nullptr && trigger.paths.empty()) other = &route;
      if (filtered != nullptr && !trigger.paths.empty() && trigger.paths != filtered->trigger.paths)
        other = &route;
    }
    if (filtered != nullptr && other != nullptr)
      sink_.report(diag::github_paths, filtered->span, filtered->name, other->name)
          .note(
              "give every route that a push to a branch or a tag starts the same `paths`, or none of them "
              "any");
  }

  void triggers(const ir::Route& route) {
    const std::string name = lower_case(route.name);
    if (name == monitor_suffix || name == override_suffix || name == "gate") {
      sink_.report(diag::github_route_name, route.span, route.name);
    }
    // Branches of a hotfix are compared by its guard.
    if (route.kind == ir::RouteKind::hotfix || route.kind == ir::RouteKind::backfill) return;
    for (const auto* patterns :
         {&route.trigger.branches, &route.trigger.tags, &route.trigger.pull_requests}) {
      for (const std::string& pattern : *patterns) {
        if (!is_comparable(pattern)) sink_.report(diag::github_trigger, route.span, pattern);
      }
    }
  }

  // Conditions take refs for those of a route that its pattern does not match when they start alike: behind
  // the `*` at its end there may be more slashes. Harmless, unless another route's pattern starts the
  // workflow for such a ref.
  void prefixes(std::vector<std::string> ir::Trigger::*patterns) {
    for (const ir::Route& route : pipeline_.routes) {
      if (route.kind == ir::RouteKind::hotfix || route.kind == ir::RouteKind::backfill) continue;
      for (const std::string& pattern : route.trigger.*patterns) {
        if (!pattern.ends_with('*') || pattern.ends_with("**")) continue;
        for (const ir::Route& other : pipeline_.routes) {
          if (&other == &route || other.kind == ir::RouteKind::backfill) continue;
          for (const std::string& started : other.trigger.*patterns) {
            if (globs_overlap(started, pattern + "/**"))
              sink_.report(diag::github_prefix, route.span, pattern, other.name, started);
          }
        }
      }
    }
  }

  // False when the jobs of its stage cannot be planned.
  bool element(const Placed& placed) {
    const ir::Element& element = *placed.element;
    const ir::Environment* environment =
        placed.stage->environment ? &pipeline_.environments[*placed.stage->environment] : nullptr;
    const auto found = element.work.find("github");
    const ir::Work* work = found == element.work.end() ? nullptr : &found->second;
    const bool approval = element.kind == ir::ElementKind::approval;
    const bool deploys = work != nullptr && acts(element);
    const bool needs_account = work != nullptr && ((deploys && work->block) || !work->access.empty());
    if ((approval || deploys || needs_account) && environment == nullptr) {
      sink_.report(diag::github_no_environment, element.span, element.id);
      return false;
    }
    if (needs_account && (environment->account.empty() || environment->regions.empty())) {
      sink_.report(diag::github_no_account, element.span, element.id, environment->name)
          .label(environment->span, "declared here");
      return false;
    }
    if (approval) return this->approval(element);
    commands(element, *work);
    if (acts(element)) deployment(element, *work, *environment);
    for (const size_t index : element.produces) {
      const bool container = pipeline_.artifacts[index].type == "container";
      if (container && (context_.setting("account").empty() || context_.setting("region").empty())) {
        sink_.report(diag::github_no_registry, element.span, pipeline_.artifacts[index].name);
      }
    }
    return true;
  }

  bool approval(const ir::Element& element) {
    // GitHub documentation, "Managing environments for deployment": who has required reviewers.
    if (context_.setting("plan") != "enterprise" && context_.setting("visibility") != "public") {
      sink_.report(diag::github_reviewers, element.span, element.id);
    }
    if (!element.approvers) return true;
    const ir::Group& group = pipeline_.groups[*element.approvers];
    const auto teams = group.identities.find("github");
    if (teams == group.identities.end()) return true;
    for (const std::string& team : teams->second) {
      if (!team.starts_with(context_.organization() + "/")) {
        sink_.report(diag::github_team, element.span, team, context_.organization());
      }
    }
    return true;
  }

  void commands(const ir::Element& element, const ir::Work& work) {
    for (const std::string* text : {&work.script, &work.working_directory}) {
      const size_t opening = text->find("${{");
      if (opening == std::string::npos) continue;
      sink_.report(diag::github_expression, element.span, element.id)
          .note(said_by_variable(std::string_view(*text).substr(opening + 3)));
    }
    const bool deploys = acts(element);
    const auto variable = [&](const std::string& name) {
      if (is_reserved(name, deploys)) sink_.report(diag::github_variable, element.span, name);
    };
    for (const auto& [name, value] : work.environment)
      variable(name);
    for (const auto& [name, source] : work.secrets) {
      variable(name);
      secret(source, element.span);
    }
    for (const ir::Service& service : work.services) {
      variable(service.prefix + "_HOST");
      for (const auto& [name, source] : service.secrets)
        secret(source, element.span);
    }
  }

  void deployment(const ir::Element& element, const ir::Work& work, const ir::Environment& environment) {
    // What was begun is taken back, not tried again on top of it.
    if (element.retries > 0) sink_.report(diag::github_deployment, element.span, element.id, "tried again");
    if (element.always) {
      sink_.report(diag::github_deployment, element.span, element.id, "run in `always`")
          .note("let a command do it: `on github { run = \"…\" }`");
    }
    if (element.continue_on_failure)
      sink_.report(diag::github_deployment, element.span, element.id, "ignored when it fails");
    if (!work.block || work.block->name != "ecs_service" ||
        field_text(*work.block, "controller") != "code_deploy")
      return;
    std::vector<std::string> missing;
    const ir::Value* groups = ir::find(work.block->fields, "target_groups");
    if (groups == nullptr || groups->texts().size() != 2)
      missing.emplace_back("the names of two target groups");
    const ir::Value* listeners = ir::find(work.block->fields, "listeners");
    std::vector<std::string> regions;
    for (const std::string& region : environment.regions) {
      if (listeners == nullptr || listeners->find(region) == nullptr) regions.push_back(region);
    }
    if (!regions.empty()) missing.push_back(fmt::format("a listener in {}", fmt::join(regions, ", ")));
    if (!missing.empty())
      sink_.report(diag::github_code_deploy, element.span, element.id,
                   fmt::format("{}", fmt::join(missing, " and ")));
    if (!element.strategy) return;
    for (const char* time : {"bake", "every"}) {
      const ir::Value* value = element.strategy->find(time);
      const Duration* interval = value == nullptr ? nullptr : value->as<Duration>();
      if (interval != nullptr && (interval->seconds == 0 || interval->seconds % 60 != 0)) {
        sink_.report(diag::github_code_deploy, element.span, element.id,
                     fmt::format("whole minutes for `{}`", time));
      }
    }
  }

  void jobs(const ir::Route& route) {
    const RoutePlan planned = plan(context_, route);
    std::map<std::string, const PlannedJob*> of_environment;
    for (const PlannedJob& job : planned.jobs) {
      if (job_minutes(job) > longest_job_minutes) {
        sink_.report(diag::github_long_job, job.elements.front()->span, job.name(),
                     static_cast<int>(job_minutes(job)));
      }
      if (second_approval(planned.stage_of(job), job) || !planned.stage_of(job).production) continue;
      if (job.kind == PlannedJob::Kind::approval) {
        sink_.report(diag::github_approval_place, job.elements.front()->span, job.elements.front()->id);
      }
      if (job.kind != PlannedJob::Kind::deployment) continue;
      if (!can_be_claimed(job)) continue;
      const auto [known, added] = of_environment.emplace(job.environment, &job);
      if (!added) {
        sink_.report(diag::github_production_jobs, job.elements.back()->span,
                     known->second->elements.back()->id, job.elements.back()->id, job.environment);
      }
    }
  }

  // The reviewers of an environment are asked once, and one of them is enough.
  bool second_approval(const ir::Stage& stage, const PlannedJob& job) {
    const auto is_approval = [](const ir::Element& e) { return e.kind == ir::ElementKind::approval; };
    const auto first = std::find_if(stage.elements.begin(), stage.elements.end(), is_approval);
    const auto second = first == stage.elements.end()
                            ? first
                            : std::find_if(std::next(first), stage.elements.end(), is_approval);
    const bool in_job = std::any_of(job.elements.begin(), job.elements.end(),
                                    [&](const ir::Element* element) { return is_approval(*element); });
    if (!in_job || second == stage.elements.end()) return false;
    if (told_.insert(&*second).second)
      sink_.report(diag::github_second_approval, second->span, second->id, first->id)
          .note(
              "ask in an environment and a stage of its own: `environment NAME { approvers = … }`, and "
              "before this "
              "stage `stage NAME in NAME { approval … }`");
    return true;
  }

  // What changes production first runs in the job that holds the claim, and not in one of its own.
  bool can_be_claimed(const PlannedJob& job) {
    bool possible = true;
    for (const ir::Element* element : job.elements) {
      if (element->kind != ir::ElementKind::action || acts(*element)) continue;
      const bool stores = std::any_of(element->produces.begin(), element->produces.end(),
                                      [&](size_t a) { return pipeline_.artifacts[a].type == "container"; });
      const std::string_view what = !element->cell.empty()                         ? "run several times"
                                    : !element->work.at("github").services.empty() ? "have services"
                                    : stores                                       ? "store an image"
                                                                                   : "";
      if (what.empty()) continue;
      possible = false;
      sink_.report(diag::github_production_action, element->span,
                   std::string_view(element->id).substr(0, element->id.find('@')), what);
    }
    return possible;
  }

  const ir::Pipeline& pipeline_;
  DiagnosticSink& sink_;
  // Approvals of which that is told.
  std::set<const ir::Element*> told_;
  const EmitOptions options_;
  const Context context_;
};

}  // namespace

void check_pipeline(const ir::Pipeline& pipeline, DiagnosticSink& sink) {
  PipelineCheck(pipeline, sink).run();
}

}  // namespace pipec::backends::github
