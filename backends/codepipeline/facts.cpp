#include "backends/codepipeline/facts.h"

#include "backends/common/values.h"

#include <algorithm>
#include <map>

namespace pipec::backends::codepipeline {

const ir::Work& work_of(const ir::Element& element) { return element.work.at(std::string(target)); }

bool uses(const ir::Element& element, std::string_view block) {
  const auto work = element.work.find(std::string(target));
  return work != element.work.end() && work->second.block && work->second.block->name == block;
}

const ir::Value* field(const ir::Element& element, std::string_view name) {
  return ir::find(work_of(element).block->fields, name);
}

std::string text_field(const ir::Element& element, std::string_view name) {
  const ir::Value* value = field(element, name);
  return value == nullptr ? std::string() : environment_text(*value);
}

bool deploys(const ir::Element& element) {
  return element.kind == ir::ElementKind::deploy || uses(element, "change_set");
}

bool deploys(const ir::Stage& stage) {
  return stage.environment &&
         std::any_of(stage.elements.begin(), stage.elements.end(), [](const auto& e) { return deploys(e); });
}

bool changes(const ir::Element& element) {
  return element.kind == ir::ElementKind::action || deploys(element);
}

bool changes(const ir::Stage& stage) {
  if (!stage.environment || !stage.production) return deploys(stage);
  return std::any_of(stage.elements.begin(), stage.elements.end(),
                     [](const ir::Element& element) { return deploys(element) || element.may_change(); });
}

std::vector<std::vector<std::string>> waves_of(const ir::Pipeline& pipeline, const ir::Stage& stage,
                                               const ir::Element& element) {
  if (!element.waves.empty()) return element.waves;
  if (!stage.environment) return {};
  const std::vector<std::string>& regions = pipeline.environments[*stage.environment].regions;
  if (deploys(element) || regions.empty()) return {regions};
  return {{regions.front()}};
}

std::vector<std::string> alarms_of(const ir::Element& element) {
  if (!element.rollback || element.rollback->constructor() != "on_alarm") return {};
  return element.rollback->find("alarms")->texts();
}

bool has_rollback(const ir::Element& element) {
  return element.rollback && element.rollback->constructor() != "none";
}

bool is_files(const ir::Artifact& artifact) { return artifact.type != "container"; }

Facts::Facts(const ir::Pipeline& pipeline, const EmitOptions& options)
    : pipeline_(pipeline), names_(pipeline) {
  std::map<std::string, std::set<std::string>> routes_by_environment;
  for (const ir::Route& route : pipeline.routes) {
    // CodePipeline refuses a pipeline that holds its source only: the backfill of a hotfix that owes nothing.
    if (options.wants(route) && !route.stages.empty()) routes_.push_back(&route);
    for (const ir::Stage& stage : route.stages) {
      const ir::Environment* environment = environment_of(stage);
      if (!changes(stage)) continue;
      routes_by_environment[environment->name].insert(route.name);
      if (stage.production || route.kind == ir::RouteKind::hotfix) guarded_.insert(environment->name);
    }
  }
  locked_ = guarded_;
  for (const auto& [name, routes] : routes_by_environment) {
    if (routes.size() > 1) locked_.insert(name);
  }
}

const ir::Environment* Facts::environment_of(const ir::Stage& stage) const {
  return stage.environment ? &pipeline_.environments[*stage.environment] : nullptr;
}

bool Facts::guarded(const ir::Stage& stage) const {
  return changes(stage) && guarded_.contains(environment_of(stage)->name);
}

bool Facts::locked(const ir::Stage& stage) const {
  return changes(stage) && locked_.contains(environment_of(stage)->name);
}

bool Facts::recorded(const ir::Route& route, const ir::Stage& stage) const {
  if (!guarded(stage)) return false;
  const auto later = [&](const ir::Stage& other) {
    return &other > &stage && other.environment == stage.environment && changes(other);
  };
  return deploys(stage) || std::none_of(route.stages.begin(), route.stages.end(), later);
}

std::vector<std::string> Facts::pipeline_names() const {
  std::vector<std::string> all;
  for (const ir::Route* route : routes_)
    all.push_back(names_.pipeline(*route));
  return all;
}

std::string Facts::setting(std::string_view name) const { return text_setting(pipeline_, target, name); }
int64_t Facts::number(std::string_view name) const { return std::stoll(setting(name)); }

yaml::Node Facts::boundary() const {
  const std::string policy = setting("boundary");
  if (policy.empty()) return {};
  return yaml::Node::tagged("Sub", "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/" + policy);
}

std::string Facts::branch_expression() const {
  return pipeline_.hotfix ? pipeline_.hotfix->expression : std::string();
}

const ir::Route* Facts::backfill() const {
  const auto found = std::find_if(routes_.begin(), routes_.end(), [](const ir::Route* route) {
    return route->kind == ir::RouteKind::backfill;
  });
  return found == routes_.end() ? nullptr : *found;
}

bool Facts::incident_topic() const {
  if (!pipeline_.hotfix) return false;
  const std::vector<ir::Value>& channels = pipeline_.hotfix->notify;
  return std::any_of(channels.begin(), channels.end(),
                     [](const ir::Value& channel) { return channel.constructor() == "email"; });
}

std::vector<std::string> Facts::artifact_regions(const ir::Route& route) const {
  std::vector<std::string> regions{names_.region()};
  for (const Placed& placed : elements_of(route)) {
    if (!uses(*placed.element, "change_set")) continue;
    for (const auto& wave : waves_of(pipeline_, *placed.stage, *placed.element)) {
      for (const std::string& region : wave) {
        if (std::find(regions.begin(), regions.end(), region) == regions.end()) regions.push_back(region);
      }
    }
  }
  return regions;
}

}  // namespace pipec::backends::codepipeline
