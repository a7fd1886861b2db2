#include "backends/codepipeline/route_lowering.h"

#include "backends/codepipeline/rules.h"
#include "backends/common/values.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;

// CodePipeline's stages are levels of actions: those of one run order start together.
class RouteLowering {
 public:
  RouteLowering(const Facts& facts, const ir::Route& route, Template& document)
      : facts_(facts), route_(route), document_(document), plan_(route), names_(facts.names()) {}

  void run() {
    document_.add(logical_id({route_.name, "log"}),
                  {.type = "AWS::Logs::LogGroup",
                   .properties = map({{"LogGroupName", names_.log_group(route_)},
                                      {"RetentionInDays", facts_.number("log_days")}}),
                   .retain = true});
    source_policy_ = add_source_policy(facts_, route_, document_);
    add_source_stage();
    if (route_.kind == ir::RouteKind::hotfix) add_guard_stage();
    for (const auto& units : plan_.stages())
      add_stage(units);
    add_pipeline();
    add_start_rules(facts_, route_, document_);
  }

 private:
  void open_stage(const std::string& name) {
    stages_.push_back({.name = name});
    order_ = 1;
  }
  void add_action(Action action) { stages_.back().actions.push_back(std::move(action)); }

  void add_source_stage() {
    const ir::Source& source = facts_.pipeline().sources.front();
    open_stage(std::string(source_stage));
    ActionWork work = CodeCommitSource{.repository = source.repository, .branch = source.branch};
    if (facts_.uses_connection()) {
      work = ConnectionSource{
          .connection = reference("ConnectionArn"), .repository = source.repository, .branch = source.branch};
    }
    add_action({.name = std::string(source_action),
                .run_order = order_,
                .work = std::move(work),
                .outputs = Texts{std::string(source_artifact)},
                .variables = std::string(source_variables)});
  }

  // A run that was started by hand, or by the creation of the pipeline, is of another branch and ends here.
  // An operator can override the condition; the guard and the claim check the name again.
  void add_guard_stage() {
    open_stage(std::string(guard_stage));
    const std::string branch = facts_.uses_connection() ? fmt::format("#{{{}.BranchName}}", source_variables)
                                                        : "#{variables.BRANCH}";
    stages_.back().condition = EntryCondition{.result = EntryCondition::Result::fail,
                                              .rule = "hotfix-branch",
                                              .variable = branch,
                                              .comparison = "MATCHES",
                                              .value = facts_.branch_expression()};
    for (const ir::Stage& stage : route_.stages) {
      if (facts_.guarded(stage)) add_guard(stage);
    }
  }

  void add_guard(const ir::Stage& stage) {
    if (guard_project_.empty())
      guard_project_ =
          add_project("guard", "Whether the commit may be deployed", guard_build(facts_, route_), "guard");
    add_action({.name = fmt::format("pipec.guard.{}", stage.name),
                .run_order = order_,
                .work = Build{.project = guard_project_,
                              .test = true,
                              .variables = {{"ENVIRONMENT", facts_.environment_of(stage)->name},
                                            {"COMMIT", fmt::format("#{{{}.CommitId}}", source_variables)},
                                            {"RUN", "#{codepipeline.PipelineExecutionId}"}}},
                .inputs = Texts{std::string(source_artifact)},
                .variables = guard_variables(stage)});
  }

  // What follows ends green without doing anything when the hotfix does not differ from what is live.
  std::optional<EntryCondition> when_something_to_deploy(const ir::Stage& stage) const {
    if (route_.kind != ir::RouteKind::hotfix) return std::nullopt;
    Texts guarded;
    for (const ir::Stage& other : route_.stages) {
      if (facts_.guarded(other)) guarded.push_back(guard_variables(other));
    }
    // Where several environments are deployed to, one may differ and another not: the common stages run.
    if (!facts_.guarded(stage) && guarded.size() != 1) return std::nullopt;
    return EntryCondition{
        .result = EntryCondition::Result::skip,
        .rule = "something-to-deploy",
        .variable =
            fmt::format("#{{{}.DEPLOY}}", facts_.guarded(stage) ? guard_variables(stage) : guarded.front()),
        .comparison = "EQ",
        .value = "yes"};
  }

  // Where in the levels of a stage something happens that others must know of.
  struct Levels {
    size_t count = 0;
    // `none` when nothing of the stage changes the environment.
    size_t first_change = none;
    // Behind it the commit is the live one, where the stage is recorded.
    size_t last_change = 0;
    // The last level that is more than an approval.
    size_t last_work = 0;
    bool approved = false;

    static constexpr size_t none = static_cast<size_t>(-1);
  };

  static Levels levels_of(const std::vector<PlannedUnit>& units) {
    Levels levels;
    const bool stage_deploys = deploys(*units.front().stage);
    for (const PlannedUnit& unit : units) {
      levels.count = std::max(levels.count, unit.level + 1);
      levels.approved = levels.approved || unit.approval();
      if (changes(unit) && !unit.always()) levels.first_change = std::min(levels.first_change, unit.level);
      if (!unit.approval()) levels.last_work = std::max(levels.last_work, unit.level);
      // Where something is deployed, the last deployment decides.
      const bool counts = stage_deploys ? deploys(unit.first()) : changes(unit) && !unit.always();
      if (counts) levels.last_change = std::max(levels.last_change, unit.level);
    }
    return levels;
  }

  void add_stage(const std::vector<PlannedUnit>& units) {
    if (units.empty()) return;
    const ir::Stage& stage = *units.front().stage;
    const Levels levels = levels_of(units);
    bool guard_added = !facts_.guarded(stage) || route_.kind == ir::RouteKind::hotfix;
    bool after_approval = false;
    size_t parts = 0;
    for (size_t level = 0; level < levels.count; ++level) {
      const PlannedUnit* approval = approval_at(units, level);
      const bool opens = level == 0 || approval != nullptr || after_approval;
      if (opens) {
        // A stage with a pending approval is locked: approvals stand in stages of their own, before what they
        // release.
        const bool main = approval == nullptr && parts++ == 0;
        if (approval != nullptr) {
          open_stage(plan_.approval_stage(*approval));
        } else {
          open_stage(main ? stage.name : fmt::format("{}.{}", stage.name, parts));
        }
        stages_.back().condition = when_something_to_deploy(stage);
      }
      after_approval = approval != nullptr;
      if (!guard_added && (approval != nullptr || (!levels.approved && level == levels.first_change))) {
        guard_added = true;
        add_guard(stage);
        ++order_;
      }
      // Each stage that is retried as a whole takes the lock, which a failed run has lost; for a run that
      // still holds it nothing changes.
      const bool reopens = opens && approval == nullptr && level > levels.first_change;
      if (level == levels.first_change || reopens) take_lock(stage);
      add_level(units, level);
      end_level(stage, level == levels.last_change, level == levels.last_work);
    }
  }

  void take_lock(const ir::Stage& stage) {
    if (!facts_.locked(stage)) return;
    const std::string step = facts_.guarded(stage) ? "claim" : "lock";
    add_ledger_action("pipec." + step, stage, {step});
  }

  // Behind the last change the commit is the live one. The lock is free when only a person still thinks about
  // what is done already.
  void end_level(const ir::Stage& stage, bool last_change, bool last_work) {
    Texts steps;
    if (last_change && facts_.recorded(route_, stage)) steps.emplace_back("record");
    if (last_work && facts_.locked(stage)) steps.emplace_back("release");
    if (!steps.empty()) add_ledger_action("pipec." + steps.front(), stage, steps);
  }

  // From the first such unit on the environment is not what it was.
  static bool changes(const PlannedUnit& unit) {
    return std::any_of(unit.elements.begin(), unit.elements.end(),
                       [](const ir::Element* element) { return codepipeline::changes(*element); });
  }

  static const PlannedUnit* approval_at(const std::vector<PlannedUnit>& units, size_t level) {
    for (const PlannedUnit& unit : units) {
      if (unit.level == level && unit.approval()) return &unit;
    }
    return nullptr;
  }

  void add_ledger_action(const std::string& name, const ir::Stage& stage, const Texts& steps) {
    add_action({.name = name,
                .run_order = order_++,
                .work = Invoke{.function = names_.function("ledger"),
                               .parameters = ledger_request(facts_, route_, stage, steps)}});
  }

  void add_level(const std::vector<PlannedUnit>& units, size_t level) {
    const size_t start = order_;
    size_t end = order_ + 1;
    for (const PlannedUnit& unit : units) {
      if (unit.level != level) continue;
      order_ = start;
      add_unit(unit);
      end = std::max(end, order_);
    }
    order_ = end;
  }

  // Leaves `order_` behind the last run order of the unit.
  void add_unit(const PlannedUnit& unit) {
    if (unit.approval()) return add_approval(unit);
    if (uses(unit.first(), "window")) return add_window(unit);
    if (uses(unit.first(), "change_set")) return add_change_sets(unit);
    const BuildPlan build =
        unit.runs_commands() ? plan_commands(facts_, plan_, unit) : plan_deployment(facts_, plan_, unit);
    const std::string id =
        add_project(fmt::format("{}-{}", unit.stage->name, unit.name), unit.first().title, build, unit.name);
    if (unit.always()) add_always_project(unit, build);
    Action action = build_action(unit, build, id);
    if (unit.first().kind != ir::ElementKind::deploy) {
      add_action(std::move(action));
      ++order_;
      return;
    }
    const auto waves = waves_of(facts_.pipeline(), *unit.stage, unit.first());
    for (size_t wave = 0; wave < waves.size(); ++wave) {
      for (const std::string& region : waves[wave]) {
        Variables variables = region_variables(unit.first(), region, wave + 1 == waves.size());
        variables.insert(variables.end(), build.run_variables.begin(), build.run_variables.end());
        add_action({.name = fmt::format("{}.{}", unit.name, region),
                    .run_order = order_,
                    .work = Build{.project = id, .test = false, .variables = std::move(variables)},
                    .inputs = action.inputs});
      }
      ++order_;
    }
  }

  Action build_action(const PlannedUnit& unit, const BuildPlan& build, const std::string& project) const {
    Texts inputs{std::string(source_artifact)};
    Texts outputs;
    for (const size_t artifact : build.taken_files)
      inputs.push_back(encoded(facts_.pipeline().artifacts[artifact].name));
    for (const size_t artifact : build.given_files)
      outputs.push_back(encoded(facts_.pipeline().artifacts[artifact].name));
    const bool test = std::all_of(unit.elements.begin(), unit.elements.end(), [](const ir::Element* element) {
      return element->kind == ir::ElementKind::gate;
    });
    return {.name = unit.name,
            .run_order = order_,
            .work = Build{.project = project, .test = test, .variables = build.run_variables},
            .inputs = std::move(inputs),
            .outputs = std::move(outputs),
            .variables = build.buildspec.exported.empty() ? "" : unit.variables()};
  }

  void add_approval(const PlannedUnit& unit) {
    add_action({.name = unit.name,
                .run_order = order_++,
                .work = Approval{.topic = reference("NoticesTopic"),
                                 .text = approval_text(facts_, route_, *unit.stage),
                                 .timeout_minutes = unit.first().within.seconds / 60,
                                 .link = approval_link(facts_, route_, *unit.stage)}});
  }

  void add_window(const PlannedUnit& unit) {
    add_action({.name = unit.name,
                .run_order = order_++,
                .work = Invoke{.function = names_.function("ledger"),
                               .parameters = window_request(facts_, route_, unit.first())}});
  }

  // A change set is made and carried out in every region of a wave at once.
  void add_change_sets(const PlannedUnit& unit) {
    const ir::Element& element = unit.first();
    const ir::Environment& environment = *facts_.environment_of(*unit.stage);
    const ir::Artifact& artifact =
        facts_.pipeline().artifacts[field(element, "template")->as<ir::ArtifactReference>()->artifact];
    const std::string stack = text_field(element, "stack");
    const std::string change_set = fmt::format("{}-{}", names_.base(), route_.name);
    const std::string role = names_.role_arn(environment.account, names_.role(environment.name + "-deploy"));
    if (std::find(assumed_roles_.begin(), assumed_roles_.end(), role) == assumed_roles_.end())
      assumed_roles_.push_back(role);
    for (const auto& wave : waves_of(facts_.pipeline(), *unit.stage, element)) {
      for (const std::string& region : wave) {
        add_action(
            {.name = fmt::format("{}.{}.prepare", unit.name, region),
             .run_order = order_,
             .work = CreateChangeSet{.stack = stack,
                                     .change_set = change_set,
                                     .template_path = encoded(artifact.name) + "::" + artifact.paths.front(),
                                     .role = names_.role_arn(environment.account,
                                                             names_.role(environment.name + "-stack")),
                                     .parameters = change_set_parameters(element)},
             .inputs = Texts{encoded(artifact.name)},
             .region = region,
             .role = role});
        add_action({.name = fmt::format("{}.{}", unit.name, region),
                    .run_order = order_ + 1,
                    .work = ExecuteChangeSet{.stack = stack, .change_set = change_set},
                    .region = region,
                    .role = role});
      }
      order_ += 2;
    }
  }

  // The same commands, started by the function `always` after a failure, outside of the pipeline.
  void add_always_project(const PlannedUnit& unit, const BuildPlan& build) {
    codepipeline::add_project(facts_, route_,
                              {.what = always_project(*unit.stage),
                               .title = unit.first().title,
                               .log_stream = unit.name + ".always",
                               .source = own_source(facts_)},
                              build, document_);
  }

  // For an action of the pipeline; returns the id of the project.
  std::string add_project(const std::string& what, const std::string& title, const BuildPlan& build,
                          const std::string& log_stream) {
    projects_.push_back(names_.project(route_, what));
    return codepipeline::add_project(
        facts_, route_,
        {.what = what, .title = title, .log_stream = log_stream, .source_policy = source_policy_}, build,
        document_);
  }

  void add_pipeline();

  const Facts& facts_;
  const ir::Route& route_;
  Template& document_;
  RoutePlan plan_;
  const Names& names_;
  std::string source_policy_;
  std::string guard_project_;
  std::vector<Stage> stages_;
  Texts projects_;
  Texts assumed_roles_;
  size_t order_ = 1;
};

void RouteLowering::add_pipeline() {
  const ir::Trigger& trigger = route_.trigger;
  // Runs of different branches do not replace each other; a newer commit of one branch replaces a waiting
  // older one.
  Mode mode = Mode::superseded;
  if (route_.kind == ir::RouteKind::hotfix || !trigger.pull_requests.empty()) mode = Mode::parallel;
  if (route_.kind == ir::RouteKind::backfill || !trigger.tags.empty()) mode = Mode::queued;
  Trigger starts;
  if (facts_.uses_connection() && route_.kind != ir::RouteKind::backfill) {
    starts = {filter_patterns(trigger.branches), filter_patterns(trigger.tags),
              filter_patterns(trigger.pull_requests), filter_patterns(trigger.paths)};
    // Names of any other form are refused with a reason instead of not being noticed.
    if (route_.kind == ir::RouteKind::hotfix) starts.branches = {facts_.pipeline().hotfix->prefix + "**"};
  }
  std::vector<ArtifactStore> stores;
  for (const std::string& region : facts_.artifact_regions(route_)) {
    stores.push_back({.region = region,
                      .bucket = names_.bucket(route_.name, region),
                      .key = reference(key_parameter(region))});
  }
  Variables variables;
  if (!facts_.uses_connection()) variables = {{"BRANCH", "-"}, {"COMMIT", "-"}};
  const std::string role = add_pipeline_role(facts_, route_, projects_, assumed_roles_, document_);
  Resource resource = resource_of(
      Pipeline{.name = names_.pipeline(route_),
               .role = role,
               .mode = mode,
               .stores = std::move(stores),
               .stages = std::move(stages_),
               .trigger = std::move(starts),
               .variables = std::move(variables),
               .closed_stage = route_.kind == ir::RouteKind::hotfix ? std::string(guard_stage) : ""});
  resource.metadata = map({{"pipec", map({{"route", route_.name}})}});
  document_.add(logical_id({route_.name, "pipeline"}), resource);
}

}  // namespace

void lower_route(const Facts& facts, const ir::Route& route, Template& document) {
  RouteLowering(facts, route, document).run();
}

std::string key_parameter(std::string_view region) { return logical_id({"artifact-key", region}); }
std::string guard_variables(const ir::Stage& stage) { return "@guard-" + stage.name; }

}  // namespace pipec::backends::codepipeline
