// Which jobs a route has: one for each unit of its schedule, with what each needs and may do.
#pragma once

#include "backends/github/context.h"

#include <string>
#include <vector>

namespace pipec::backends::github {

struct PlannedJob {
  enum class Kind : unsigned char {
    // Commands, with no right to change anything.
    plain,
    // Deployments and what belongs to them; also the first actions that may change production.
    deployment,
    // An approval of its own.
    approval,
  };

  std::string id;
  Kind kind = Kind::plain;
  size_t stage = 0;
  // In the order of their steps; the approval of a production stage is the first of its deployment.
  std::vector<const ir::Element*> elements;
  // Indices into RoutePlan::jobs of those that must have ended before.
  std::vector<size_t> needs;
  // The GitHub environment that it names; empty for none.
  std::string environment;
  // The roles that it takes in AWS.
  std::vector<RoleKind> roles;
  // It runs although something of its stage has failed or was cancelled, once one of `begun_by` has begun:
  // indices into RoutePlan::jobs. Those say so.
  bool always = false;
  std::vector<size_t> begun_by;
  bool says_begun = false;
  // Whether it says when it ended, because an approval is asked for then.
  bool times_approval = false;

  bool takes(RoleKind role) const;
  bool has(const ir::Element& element) const;
  // `build.compile, build.unit`: also how read back knows the elements.
  std::string name() const;
};

struct RoutePlan {
  const ir::Route* route = nullptr;
  std::vector<PlannedJob> jobs;

  const ir::Stage& stage_of(const PlannedJob& job) const { return route->stages[job.stage]; }
  // The job of the element that makes the artifact; null for one from outside.
  const PlannedJob* maker_of(const ir::Artifact& artifact) const;
  // The job that deploys to the environment of a production stage.
  bool is_production(const PlannedJob& job) const {
    return job.kind == PlannedJob::Kind::deployment && stage_of(job).production;
  }
  std::vector<const PlannedJob*> production_jobs() const;
  // Those that no other job of the plan waits for; a job that always runs does not count, since it tells
  // nothing about those before it.
  std::vector<std::string> last_jobs() const;
  // Whether another job goes on only when this one has passed.
  bool is_waited_for(size_t job) const;
};

// Jobs that pipec adds and their names in `needs`.
inline constexpr std::string_view preflight_job = "preflight";
inline constexpr std::string_view make_way_job = "make-way";

// Needs a pipeline that `check` accepted.
RoutePlan plan(const Context& context, const ir::Route& route);

// In a production stage the approval and what directly follows it are one job: GitHub asks when a job names
// the environment. Returns the unit that follows, or the number of units when there is not exactly one that
// acts.
size_t approved_unit(const ir::Stage& stage, const ir::StageSchedule& schedule, size_t approval_unit);

}  // namespace pipec::backends::github
