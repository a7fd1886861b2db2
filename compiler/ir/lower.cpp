#include "compiler/ir/lower.h"

#include "compiler/ir/artifacts.h"
#include "compiler/ir/lower_work.h"
#include "compiler/sema/cells.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/sema/order.h"
#include "compiler/sema/schedule.h"
#include "compiler/support/branches.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>

namespace pipec::ir {
namespace {

// Of the texts, each with its length, so that moving text between files shows.
std::string hash_of(const std::vector<SourceText>& sources) {
  std::string all;
  for (const SourceText& source : sources)
    all += std::to_string(source.text.size()) + ":" + std::string(source.text);
  return sha256(all);
}

class PipelineLowering {
 public:
  PipelineLowering(const sema::Model& model, const sema::Pipeline& pipeline)
      : model_(model), from_(pipeline) {}

  Pipeline run() {
    to_.name = from_.name;
    to_.description = from_.description;
    to_.owner = from_.owner == nullptr ? "" : std::string(from_.owner->name);
    to_.profile = from_.profile == nullptr ? "" : std::string(from_.profile->name);
    to_.span = from_.head;
    for (const sema::Source& source : from_.sources) {
      const sema::Value* name = source.repository.find("name");
      to_.sources.push_back({source.name, source.repository.text(), name == nullptr ? "" : name->text(),
                             source.branch, source.head});
    }
    for (const auto& environment : from_.environments)
      lower(*environment);
    std::vector<sema::Route> graphs;
    for (const sema::Route& route : from_.routes)
      graphs.push_back(sema::expanded(route));
    artifacts_.emplace(from_, graphs);
    to_.artifacts = artifacts_->all();
    for (const sema::Route& graph : graphs)
      to_.routes.push_back(lower(graph));
    if (from_.hotfix) lower(*from_.hotfix);
    for (const sema::Value& channel : from_.notify)
      to_.notify.push_back(lower(channel));
    to_.notify_on = from_.notify_on;
    for (const sema::Capability* metric : from_.metrics)
      to_.metrics.emplace_back(metric->name);
    for (const auto& [target, values] : from_.settings)
      to_.settings.emplace(target, ValueLowering(*artifacts_).lower(values));
    return std::move(to_);
  }

 private:
  // Modules name their groups independently: another group of a name that is taken gets a number, `oncall-2`.
  std::string group_name(const sema::Group& group) const {
    const auto taken = [&](const std::string& name) {
      return std::any_of(to_.groups.begin(), to_.groups.end(),
                         [&](const Group& other) { return other.name == name; });
    };
    std::string name(group.name);
    for (size_t number = 2; taken(name); ++number)
      name = std::string(group.name) + "-" + std::to_string(number);
    return name;
  }

  size_t group_index(const sema::Group& group) {
    const auto [known, first] = groups_.try_emplace(&group, to_.groups.size());
    if (!first) return known->second;
    Group lowered{group_name(group), group.minimum, {}};
    for (const auto& [target, people] : group.identities) {
      std::vector<std::string> names;
      for (const auto& [parameter, value] : people.entries()) {
        if (value.items().empty()) names.push_back(value.text());
        for (const sema::Value& item : value.items())
          names.push_back(item.text());
      }
      lowered.identities.emplace(target, std::move(names));
    }
    to_.groups.push_back(std::move(lowered));
    return known->second;
  }

  void lower(const sema::Environment& environment) {
    Environment lowered{environment.name, environment.account,  environment.regions,
                        std::nullopt,     environment.separate, environment.head};
    if (environment.approvers != nullptr) lowered.approvers = group_index(*environment.approvers);
    to_.environments.push_back(std::move(lowered));
  }

  Element lower(const sema::Element& element, const sema::Environment* environment) {
    Element lowered;
    lowered.id = element.id;
    lowered.name = element.name;
    if (element.cell) {
      lowered.cell = element.cell->name;
      lowered.region = element.cell->region;
    }
    lowered.kind = static_cast<ElementKind>(element.kind);
    lowered.title = element.capabilities.empty() ? element.name : element.capabilities.front()->title;
    lowered.doc = element.doc;
    for (const sema::ArtifactUse& use : element.consumes) {
      if (const std::vector<size_t>* parts = artifacts_->collection(use.artifact)) {
        lowered.consumes.insert(lowered.consumes.end(), parts->begin(), parts->end());
      } else {
        lowered.consumes.push_back(artifacts_->index(use.artifact));
      }
    }
    for (const auto& output : element.produces)
      lowered.produces.push_back(artifacts_->index(output.first, element));
    if (const sema::Value* images = element.property("attaches_to")) {
      for (const sema::Value& image : images->items())
        lowered.attaches_to.push_back(artifacts_->index(image.text()));
    }
    lowered.timeout = element.timeout;
    lowered.retries = element.retries;
    lowered.backoff = element.backoff;
    lowered.continue_on_failure = element.continue_on_failure;
    lowered.always = element.always;
    lowered.checks = element.checks();
    lowered.final = element.final;
    if (element.fail_on) lowered.fail_on = sema::severities[*element.fail_on];
    if (element.floor) lowered.floor = sema::severities[*element.floor];
    lowered.within = element.within;
    if (element.approvers != nullptr) lowered.approvers = group_index(*element.approvers);
    lowered.waves = element.waves;
    lowered.wave_bake = element.wave_bake;
    if (const sema::Value* strategy = element.property("strategy")) lowered.strategy = lower(*strategy);
    if (const sema::Value* rollback = element.property("rollback")) lowered.rollback = lower(*rollback);
    if (element.kind != ast::ElementKind::approval) {
      for (const sema::Target* target : targets_)
        lowered.work.emplace(target->name, lower_work(element, environment, *target, *artifacts_));
    }
    lowered.span = element.head;
    return lowered;
  }

  Stage lower(const sema::Stage& stage) {
    Stage lowered;
    lowered.name = stage.name;
    lowered.production = stage.production();
    lowered.span = stage.head;
    for (size_t i = 0; i < from_.environments.size(); ++i) {
      if (from_.environments[i].get() == stage.environment) lowered.environment = i;
    }
    for (const auto& element : stage.elements)
      lowered.elements.push_back(lower(*element, stage.environment));
    lowered.before = sema::elements_before(stage.order);
    return lowered;
  }

  // `route`: as it runs.
  Route lower(const sema::Route& route) {
    artifacts_->enter(route);
    Route lowered;
    lowered.kind = static_cast<RouteKind>(route.kind);
    lowered.name = route.name;
    lowered.span = route.head;
    lowered.trigger = {route.trigger.branches, route.trigger.pull_requests, route.trigger.tags,
                       route.trigger.schedule, route.trigger.manual,        route.trigger.paths};
    for (const sema::Stage& stage : route.stages)
      lowered.stages.push_back(lower(stage));
    for (const sema::Change& change : route.changes) {
      constexpr std::array<const char*, 4> words{"skipped", "changed", "replaced", "added"};
      lowered.changes.push_back({words[static_cast<size_t>(change.kind)], change.element, change.reason});
    }
    DiagnosticSink reported_before;
    for (const sema::Target* target : targets_) {
      const sema::Schedule schedule = sema::schedule(route, *target, reported_before);
      auto& stages = lowered.schedules[std::string(target->name)];
      for (const sema::StageSchedule& stage : schedule.stages) {
        StageSchedule& units = stages.emplace_back();
        for (const sema::Unit& unit : stage.units)
          units.units.push_back({unit.elements, unit.level, unit.before});
      }
    }
    return lowered;
  }

  Value lower(const sema::Value& value) const { return ValueLowering(*artifacts_).lower(value); }

  void lower(const sema::HotfixPolicy& policy) {
    HotfixPolicy lowered;
    lowered.branches = policy.branches;
    lowered.prefix = fixed_prefix(policy.branches);
    lowered.expression = hotfix_expression(policy.branches, policy.incident);
    if (policy.backfill) {
      lowered.backfill_into = policy.backfill->into;
      lowered.backfill_within = policy.backfill->within;
    }
    lowered.limit = policy.limit;
    for (const sema::Value& channel : policy.notify)
      lowered.notify.push_back(lower(channel));
    to_.hotfix = std::move(lowered);
  }

  const sema::Model& model_;
  const sema::Pipeline& from_;
  const std::vector<const sema::Target*> targets_ = sema::targets_of(model_, from_);
  Pipeline to_;
  // The index of each in the pipeline's groups.
  std::map<const sema::Group*, size_t> groups_;
  std::optional<Artifacts> artifacts_;
};

}  // namespace

Program lower(const sema::Model& model, const std::vector<SourceText>& sources) {
  Program program;
  const std::string hash = hash_of(sources);
  for (const auto& pipeline : model.pipelines) {
    Pipeline lowered = PipelineLowering(model, *pipeline).run();
    for (const SourceText& source : sources) {
      // Emitted files name their sources, but no folder of this machine.
      const std::filesystem::path path(source.path);
      lowered.source_paths.push_back(path.is_absolute() ? path.filename().string()
                                                        : path.lexically_normal().string());
    }
    lowered.source_path = lowered.source_paths.front();
    lowered.source_hash = hash;
    program.pipelines.push_back(std::move(lowered));
  }
  return program;
}

}  // namespace pipec::ir
