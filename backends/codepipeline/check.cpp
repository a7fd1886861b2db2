#include "backends/codepipeline/check.h"

#include "backends/codepipeline/buildspec.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/rules.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/values.h"
#include "compiler/diag/kinds/targets.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace pipec::backends::codepipeline {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view any_case = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

bool consists_of(std::string_view text, std::string_view alphabet) {
  return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

// CodePipeline quotas: the length of a configuration value.
constexpr size_t longest_value = 1000;

class Checks {
 public:
  Checks(const ir::Pipeline& pipeline, DiagnosticSink& sink) : pipeline_(pipeline), sink_(sink) {}

  void run() {
    if (pipeline_.sources.size() != 1) {
      const Span at = pipeline_.sources.empty() ? pipeline_.span : pipeline_.sources[1].span;
      sink_.report(diag::codepipeline_sources, at, static_cast<int>(pipeline_.sources.size()));
      return;
    }
    for (const std::string_view setting : {"account", "region"}) {
      if (!text_setting(pipeline_, target, setting).empty()) continue;
      sink_.report(diag::codepipeline_needs, pipeline_.span, setting);
      return;
    }
    names();
    settings();
    const size_t before = sink_.error_count();
    for (const ir::Route& route : pipeline_.routes) {
      triggers(route);
      for (const Placed& placed : elements_of(route))
        element(*placed.stage, *placed.element);
    }
    // What follows needs elements that can be lowered.
    if (sink_.error_count() > before) return;
    const Facts facts(pipeline_, {});
    for (const ir::Route& route : pipeline_.routes)
      plan(facts, route);
    size(facts);
  }

 private:
  // Quotas of CloudFormation. Templates that cannot come near the second one are not written to see how long
  // they are.
  void size(const Facts& facts) {
    constexpr size_t most_resources = 500;
    constexpr size_t most_bytes = 1000000;
    constexpr size_t bytes_of_resource = 1500;
    if (resources_ > most_resources) {
      sink_.report(diag::codepipeline_resources, pipeline_.span, static_cast<int>(resources_));
      return;
    }
    if (resources_ * bytes_of_resource + script_bytes_ < most_bytes / 2) return;
    const size_t bytes = pipelines_template(facts).text(header(pipeline_)).size();
    if (bytes > most_bytes) {
      sink_.report(diag::codepipeline_template_size, pipeline_.span, static_cast<int>(bytes),
                   static_cast<int>(most_bytes));
    }
  }

  void name(std::string_view text, Span span, std::string_view what, std::string_view alphabet,
            std::string_view rule) {
    if (!consists_of(text, alphabet)) sink_.report(diag::codepipeline_name, span, text, what, rule);
  }

  void names() {
    constexpr std::string_view lower_rule = "buckets allow lower-case letters, digits and `-` only";
    name(text_setting(pipeline_, target, "prefix"), setting_span("prefix"), "the prefix", lower, lower_rule);
    name(pipeline_.name, pipeline_.span, "the name of a pipeline", lower, lower_rule);
    const std::string base = Names(pipeline_).base();
    if (base.size() > longest_base) {
      sink_.report(diag::codepipeline_name, pipeline_.span, base, "what names on AWS begin with",
                   fmt::format("it has {} characters, {} fit", base.size(), longest_base));
    }
    for (const ir::Route& route : pipeline_.routes)
      name(route.name, route.span, "the name of a route", lower, lower_rule);
    for (const ir::Environment& environment : pipeline_.environments) {
      name(environment.name, environment.span, "the name of an environment", any_case,
           "stacks allow letters, digits and `-` only");
    }
    constexpr size_t longest_artifact = 100;
    for (const ir::Artifact& artifact : pipeline_.artifacts) {
      if (encoded(artifact.name).size() > longest_artifact) {
        sink_.report(diag::codepipeline_name, artifact.span, artifact.name, "the name of an artifact",
                     "at most 100 characters fit, of which `-` takes three");
      }
    }
  }

  Span setting_span(std::string_view setting) const {
    const auto settings = pipeline_.settings.find(std::string(target));
    const ir::Value* value =
        settings == pipeline_.settings.end() ? nullptr : ir::find(settings->second, setting);
    return value == nullptr || value->span.size() == 0 ? pipeline_.span : value->span;
  }

  // Amazon CloudWatch Logs keeps logs for one of these numbers of days.
  void settings() {
    constexpr auto retention =
        std::to_array<int64_t>({1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653});
    const int64_t log_days = number("log_days");
    if (std::find(retention.begin(), retention.end(), log_days) == retention.end()) {
      sink_.report(diag::codepipeline_setting, setting_span("log_days"), "log_days", std::to_string(log_days),
                   "CloudWatch Logs keeps logs for 30, 90, 180, 365, 731 days and some other numbers");
    }
    if (number("artifact_days") < 1) {
      sink_.report(diag::codepipeline_setting, setting_span("artifact_days"), "artifact_days", "0",
                   "artifacts are needed until a run has ended");
    }
  }
  int64_t number(std::string_view setting) const {
    return std::stoll(text_setting(pipeline_, target, setting));
  }

  void triggers(const ir::Route& route) {
    const ir::Trigger& trigger = route.trigger;
    const bool connection = pipeline_.sources.front().kind == "github";
    if (!trigger.schedule.empty() && schedule_expression(trigger.schedule).empty()) {
      sink_.report(diag::codepipeline_schedule, route.span);
    }
    if (route.kind == ir::RouteKind::hotfix || route.kind == ir::RouteKind::backfill) return;
    for (const auto* patterns : {&trigger.branches, &trigger.tags, &trigger.pull_requests, &trigger.paths}) {
      constexpr size_t longest_pattern = 255;
      if (filter_patterns(*patterns).size() > most_patterns) {
        sink_.report(diag::codepipeline_pattern, route.span, patterns->back(),
                     "a filter has at most 8 patterns");
      }
      for (const std::string& pattern : *patterns) {
        if (pattern.size() > longest_pattern) {
          sink_.report(diag::codepipeline_pattern, route.span, pattern,
                       "a pattern has at most 255 characters");
        } else if (!connection && (patterns == &trigger.paths || !is_event_pattern(pattern))) {
          sink_.report(diag::codepipeline_pattern, route.span, pattern,
                       "events of CodeCommit cannot be filtered by it");
        }
      }
    }
  }

  void element(const ir::Stage& stage, const ir::Element& element) {
    if (element.kind == ir::ElementKind::approval || !seen_.insert({stage.name, &element}).second) return;
    const ir::Work& work = work_of(element);
    script_bytes_ += work.script.size() + work.undo.size();
    for (const auto& [variable, value] : work.environment) {
      if (reserved(variable)) sink_.report(diag::codepipeline_variable, element.span, variable, element.id);
    }
    for (const auto& [variable, secret] : work.secrets) {
      if (reserved(variable)) sink_.report(diag::codepipeline_variable, element.span, variable, element.id);
    }
    for (const ir::ReportFile& report : work.reports) {
      if (report_format(report.format).empty())
        sink_.report(diag::codepipeline_report, element.span, report.format, element.id);
    }
    for (const ir::Grant& grant : work.access) {
      const bool everything = std::any_of(grant.actions.begin(), grant.actions.end(),
                                          [](const std::string& action) { return action.ends_with('*'); });
      if (everything && grant.resource.ends_with('*')) {
        sink_.report(diag::codepipeline_grant, element.span, element.id, quoted_list(grant.actions),
                     grant.resource);
      }
    }
    if (element.always) always(element);
    if (deploys(element)) deployment(stage, element);
    if (work.block) block(stage, element);
  }

  void deployment(const ir::Stage& stage, const ir::Element& element) {
    if (element.continue_on_failure)
      sink_.report(diag::codepipeline_deployment, element.span, element.id,
                   "fail without stopping the pipeline");
    if (stage.environment && pipeline_.environments[*stage.environment].regions.empty())
      sink_.report(diag::codepipeline_deployment, element.span, element.id,
                   "go to an environment without `regions`");
  }

  // After a failure it runs in a build that no pipeline hands anything to.
  void always(const ir::Element& element) {
    const auto report = [&](const std::string& what) {
      sink_.report(diag::codepipeline_always, element.span, element.id, what)
          .note("let the command do it with what the checkout holds: `on codepipeline { run = \"…\" }`");
    };
    if (work_of(element).block)
      report(fmt::format("uses the building block `{}`", work_of(element).block->name));
    for (const size_t artifact : used_by(element)) {
      if (!pipeline_.artifacts[artifact].maker.empty())
        report(fmt::format("takes `{}`, which the pipeline makes", pipeline_.artifacts[artifact].name));
    }
    if (!element.produces.empty())
      report(fmt::format("makes `{}`", pipeline_.artifacts[element.produces.front()].name));
  }

  static bool reserved(std::string_view variable) { return variable.starts_with("CODEBUILD_"); }

  void block(const ir::Stage& stage, const ir::Element& element) {
    if (element.continue_on_failure && !deploys(element))
      sink_.report(diag::codepipeline_block, element.span, element.id, "fail without stopping the pipeline");
    if (element.retries > 0)
      sink_.report(diag::codepipeline_block, element.span, element.id, "be tried again");
    if (uses(element, "ecs_service")) service(stage, element);
    if (uses(element, "change_set")) length("the parameters", element, change_set_parameters(element).size());
  }

  void length(std::string_view what, const ir::Element& element, size_t characters) {
    if (characters <= longest_value) return;
    sink_.report(diag::codepipeline_value_length, element.span, what, element.id,
                 static_cast<int>(characters), static_cast<int>(longest_value));
  }

  void service(const ir::Stage& stage, const ir::Element& element) {
    if (text_field(element, "controller") != "code_deploy") return;
    std::vector<std::string> missing;
    if (field(element, "target_groups")->texts().size() != 2)
      missing.emplace_back("`target_groups` with the two groups between which it moves");
    for (const char* kind : {"listeners", "test_listeners"}) {
      std::vector<std::string> regions;
      for (const auto& wave : waves_of(pipeline_, stage, element)) {
        for (const std::string& region : wave) {
          if (field(element, kind)->find(region) == nullptr) regions.push_back(region);
        }
      }
      if (!regions.empty()) missing.push_back(fmt::format("`{}` for {}", kind, fmt::join(regions, ", ")));
    }
    if (!missing.empty())
      sink_.report(diag::codepipeline_traffic, element.span, element.id,
                   fmt::format("it lacks {}", fmt::join(missing, "; ")));
    if (element.strategy) strategy(element, *element.strategy);
  }

  void strategy(const ir::Element& element, const ir::Value& strategy) {
    if (strategy.constructor() != "canary" && strategy.constructor() != "linear") return;
    const bool canary = strategy.constructor() == "canary";
    const int64_t seconds = strategy.find(canary ? "bake" : "every")->as<Duration>()->seconds;
    const int64_t share = *strategy.find(canary ? "share" : "step")->as<int64_t>();
    constexpr int64_t longest = 2880 * 60;
    const Span span = strategy.span.size() == 0 ? element.span : strategy.span;
    if (seconds % 60 != 0 || seconds < 60 || seconds > longest) {
      sink_.report(diag::codepipeline_steps, span, strategy.constructor(),
                   fmt::format("{} is not 1 to 2880 whole minutes", to_string({seconds})));
    }
    if (share < 1 || share > 99) {
      sink_.report(diag::codepipeline_steps, span, strategy.constructor(),
                   fmt::format("{}% is not a share below all", share));
    }
  }

  void plan(const Facts& facts, const ir::Route& route) {
    const RoutePlan plan(route);
    // The log, the policy of builds, two roles, the pipeline, a rule; the guard and its role.
    resources_ += 8;
    for (const auto& units : plan.stages()) {
      std::map<size_t, size_t> at_once;
      for (const PlannedUnit& unit : units) {
        if (unit.approval()) continue;
        const bool build = unit.runs_commands() || uses(unit.first(), "ecs_service");
        resources_ += build ? 2 : 0;
        // The same commands after a failure.
        resources_ += unit.always() ? 2 : 0;
        at_once[unit.level] += most_at_once(unit);
        if (build) artifacts(plan, unit);
        if (unit.runs_commands()) runtimes(unit);
      }
      const bool parallel = route.kind == ir::RouteKind::hotfix || !route.trigger.pull_requests.empty();
      constexpr size_t most_parallel = 5;
      for (const auto& [level, actions] : at_once) {
        if (!parallel || actions <= most_parallel) continue;
        const ir::Stage& stage = *units.front().stage;
        sink_.report(diag::codepipeline_concurrency, stage.span, static_cast<int>(actions), stage.name);
      }
    }
    for (const ir::Stage& stage : route.stages) {
      if (!facts.guarded(stage)) continue;
      // Without the names of variables, with a commit, a branch and the like instead: see guard.sh for their
      // lengths.
      constexpr size_t values_of_run = 560;
      const size_t characters =
          ledger_request(facts, route, stage, {"claim"}).size() - 7 * 20 + values_of_run;
      if (characters > longest_value) {
        sink_.report(diag::codepipeline_value_length, stage.span, "requests to the ledger", stage.name,
                     static_cast<int>(characters), static_cast<int>(longest_value));
      }
    }
  }

  size_t most_at_once(const PlannedUnit& unit) const {
    size_t most = 1;
    if (!deploys(unit.first())) return most;
    for (const auto& wave : waves_of(pipeline_, *unit.stage, unit.first()))
      most = std::max(most, wave.size());
    return most;
  }

  void artifacts(const RoutePlan& plan, const PlannedUnit& unit) {
    constexpr size_t most = 5;
    const auto files = [&](const std::vector<size_t>& artifacts) {
      return static_cast<size_t>(std::count_if(artifacts.begin(), artifacts.end(), [&](size_t artifact) {
        return is_files(pipeline_.artifacts[artifact]);
      }));
    };
    const std::vector<size_t> taken = plan.taken(unit);
    const auto report = [&](std::string_view verb, size_t count) {
      sink_.report(diag::codepipeline_artifacts, unit.first().span, unit.first().id, verb,
                   static_cast<int>(count), static_cast<int>(most));
    };
    if (files(taken) + 1 > most) report("takes", files(taken) + 1);
    const size_t given = files(plan.given(unit));
    if (given > most) report("makes", given);
    // Each container is a variable of the action, with its digest.
    constexpr size_t around = 140;
    length("the images", unit.first(), (taken.size() - files(taken)) * around);
  }

  void runtimes(const PlannedUnit& unit) {
    std::map<std::string, std::pair<std::string, const ir::Element*>> versions;
    for (const ir::Element* element : unit.elements) {
      for (const ir::Runtime& runtime : work_of(*element).runtimes) {
        const auto [known, added] = versions.emplace(runtime.name, std::pair{runtime.version, element});
        if (!added && known->second.first != runtime.version) {
          sink_.report(diag::codepipeline_runtimes, element->span, element->id, runtime.name, runtime.version,
                       known->second.second->id, known->second.first);
        }
      }
    }
  }

  const ir::Pipeline& pipeline_;
  DiagnosticSink& sink_;
  std::set<std::pair<std::string, const ir::Element*>> seen_;
  size_t resources_ = 0;
  size_t script_bytes_ = 0;
};

}  // namespace

void check_pipeline(const ir::Pipeline& pipeline, DiagnosticSink& sink) { Checks(pipeline, sink).run(); }

}  // namespace pipec::backends::codepipeline
