#include "backends/codepipeline/route_plan.h"

#include <algorithm>
#include <set>

namespace pipec::backends::codepipeline {
namespace {

void collect(const ir::Value& value, std::set<size_t>& artifacts) {
  if (const auto* reference = value.as<ir::ArtifactReference>()) artifacts.insert(reference->artifact);
  if (const auto* run_time = value.as<ir::RunTime>(); run_time != nullptr && !run_time->own) {
    artifacts.insert(run_time->artifact);
  }
}

}  // namespace

std::vector<size_t> used_by(const ir::Element& element) {
  std::set<size_t> artifacts(element.consumes.begin(), element.consumes.end());
  if (element.kind != ir::ElementKind::approval) {
    const ir::Work& work = work_of(element);
    for (const auto& [name, value] : work.environment)
      collect(value, artifacts);
    if (work.block) {
      for (const auto& [name, value] : work.block->fields)
        collect(value, artifacts);
    }
  }
  for (const size_t own : element.produces)
    artifacts.erase(own);
  return {artifacts.begin(), artifacts.end()};
}

RoutePlan::RoutePlan(const ir::Route& route) : route_(route) {
  const auto& schedules = route.schedules.at(std::string(target));
  for (size_t s = 0; s < route.stages.size(); ++s) {
    std::vector<PlannedUnit>& units = stages_.emplace_back();
    for (const ir::Unit& unit : schedules[s].units) {
      PlannedUnit planned{.stage = &route.stages[s], .level = unit.level};
      for (const size_t element : unit.elements)
        planned.elements.push_back(&route.stages[s].elements[element]);
      planned.name = planned.first().name;
      if (planned.fused()) planned.name += ".to." + planned.elements.back()->name;
      units.push_back(std::move(planned));
    }
  }
  for (const auto& units : stages_) {
    for (const PlannedUnit& unit : units) {
      for (const ir::Element* element : unit.elements) {
        for (const size_t artifact : element->produces)
          maker_.emplace(artifact, &unit);
      }
    }
  }
  for (const auto& units : stages_) {
    for (const PlannedUnit& unit : units) {
      for (const size_t artifact : taken(unit))
        handed_over_.insert(artifact);
    }
  }
}

const PlannedUnit* RoutePlan::maker(size_t artifact) const {
  const auto found = maker_.find(artifact);
  return found == maker_.end() ? nullptr : found->second;
}

std::string RoutePlan::approval_stage(const PlannedUnit& approval) const {
  const PlannedUnit* first = &approval;
  for (const auto& units : stages_) {
    for (const PlannedUnit& unit : units) {
      const bool beside = unit.stage == approval.stage && unit.level == approval.level && unit.approval();
      if (beside && &unit < first) first = &unit;
    }
  }
  return approval.stage->name + "." + first->name;
}

std::vector<size_t> RoutePlan::taken(const PlannedUnit& unit) const {
  std::set<size_t> artifacts;
  for (const ir::Element* element : unit.elements) {
    for (const size_t artifact : used_by(*element)) {
      if (maker(artifact) != &unit) artifacts.insert(artifact);
    }
  }
  return {artifacts.begin(), artifacts.end()};
}

std::vector<size_t> RoutePlan::given(const PlannedUnit& unit) const {
  std::set<size_t> artifacts;
  for (const ir::Element* element : unit.elements) {
    for (const size_t artifact : element->produces) {
      if (handed_over_.contains(artifact)) artifacts.insert(artifact);
    }
  }
  return {artifacts.begin(), artifacts.end()};
}

}  // namespace pipec::backends::codepipeline
