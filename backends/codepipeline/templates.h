// The templates that a pipeline consists of, each for one account and region.
#pragma once

#include "backends/codepipeline/facts.h"
#include "backends/codepipeline/template.h"

#include <string>
#include <vector>

namespace pipec::backends::codepipeline {

// The key and the buckets for artifacts, in every region where actions run.
Template support_template(const Facts& facts, const std::string& region);
// What outlives the pipelines: the ledger, its function, notices, registries, the rights of people.
Template control_template(const Facts& facts);
// Its functions, with their roles, and the rules of events that call them.
void add_functions(const Facts& facts, Template& document);
// The pipelines, their projects and roles.
Template pipelines_template(const Facts& facts);
// Roles and deployment groups of an environment. Roles, which know no regions, stand with the first region.
// Empty when nothing is needed there.
Template workload_template(const Facts& facts, const ir::Environment& environment, const std::string& region);

// Holds templates that are too large for a request. No route can have a name of this form.
inline constexpr std::string_view templates_bucket = "-templates";

// What is to be cleaned after a run that ended early: one for each stage of a route with `always`.
struct Cleaning {
  std::string route;
  std::string pipeline;
  std::string stage;
  // The action that does it when the run gets there.
  std::string action;
  // The project that does it otherwise.
  std::string project;
};
std::vector<Cleaning> cleanings_of(const Facts& facts);

// Regions in which artifacts are kept, the pipeline's own first.
std::vector<std::string> support_regions(const Facts& facts);
// Who may approve, by group: the role and the approvals.
struct Approvers {
  std::string role;
  // ARNs of the approval actions.
  std::vector<std::string> actions;
  // Names of the pipelines.
  std::vector<std::string> pipelines;
  // ARNs of the stages that they may take back: those of production in the trunk route. The hotfix pipeline
  // runs in parallel mode, in which stages cannot be rolled back.
  std::vector<std::string> stages;
};
std::vector<Approvers> approvers_of(const Facts& facts);

}  // namespace pipec::backends::codepipeline
