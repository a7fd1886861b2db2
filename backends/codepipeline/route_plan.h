// Which actions a route has, and which of them hand artifacts to which.
#pragma once

#include "backends/codepipeline/facts.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace pipec::backends::codepipeline {

// One unit of the schedule.
struct PlannedUnit {
  const ir::Stage* stage = nullptr;
  std::vector<const ir::Element*> elements;
  size_t level = 0;
  // Of its actions: the element's, or `FIRST.to.LAST`.
  std::string name;

  const ir::Element& first() const { return *elements.front(); }
  bool fused() const { return elements.size() > 1; }
  bool approval() const { return first().kind == ir::ElementKind::approval; }
  // What stands in `always` of its stage.
  bool always() const { return first().always; }
  // Runs commands of the pipeline's author.
  bool runs_commands() const { return !approval() && !work_of(first()).block; }
  // The namespace of the variables that it exports.
  std::string variables() const { return stage->name + "@" + first().name; }
};

class RoutePlan {
 public:
  explicit RoutePlan(const ir::Route& route);

  const ir::Route& route() const { return route_; }
  // By stage of the route, in the order of the schedule.
  const std::vector<std::vector<PlannedUnit>>& stages() const { return stages_; }
  // The unit that makes the artifact; null for one from outside, and for one that no unit of the route makes.
  const PlannedUnit* maker(size_t artifact) const;
  // The stage of the pipeline in which an approval stands, alone or with those of its level.
  std::string approval_stage(const PlannedUnit& approval) const;
  // Artifacts that the unit takes from others, or makes for others: once each, in the order of the pipeline.
  std::vector<size_t> taken(const PlannedUnit& unit) const;
  std::vector<size_t> given(const PlannedUnit& unit) const;

 private:
  const ir::Route& route_;
  std::vector<std::vector<PlannedUnit>> stages_;
  std::map<size_t, const PlannedUnit*> maker_;
  std::set<size_t> handed_over_;
};

// Artifacts that the element uses, by name or through values of the run.
std::vector<size_t> used_by(const ir::Element& element);

}  // namespace pipec::backends::codepipeline
