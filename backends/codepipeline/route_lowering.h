// From a route to a pipeline: its stages and actions, the projects that they run, and the roles of both.
#pragma once

#include "backends/codepipeline/builds.h"

#include <optional>
#include <string>
#include <vector>

namespace pipec::backends::codepipeline {

// Adds everything that the route needs in the account and region of the pipeline.
void lower_route(const Facts& facts, const ir::Route& route, Template& document);

// The parameter of the template that holds the ARN of the key for artifacts in a region.
std::string key_parameter(std::string_view region);

// Parameters of the actions that call the ledger. `steps`: what it does, in order.
std::string ledger_request(const Facts& facts, const ir::Route& route, const ir::Stage& stage,
                           const std::vector<std::string>& steps);
// Of a window.
std::string window_request(const Facts& facts, const ir::Route& route, const ir::Element& element);

// Values of a template's parameters as a JSON object; empty for none.
std::string change_set_parameters(const ir::Element& element);

// What a project is called and where it gets its source, beside what it runs.
struct ProjectPlan {
  // Its part of the name.
  std::string what;
  std::string title;
  std::string log_stream;
  // The right to read what the pipeline hands over; empty for a project with a source of its own.
  std::string source_policy = {};
  std::optional<OwnSource> source = {};
};
// With its role; returns the id of the project.
std::string add_project(const Facts& facts, const ir::Route& route, const ProjectPlan& plan,
                        const BuildPlan& build, Template& document);
// The build that decides whether a commit may be deployed.
BuildPlan guard_build(const Facts& facts, const ir::Route& route);
// The project that runs what stands in `always` of a stage after a failure: its part of the name.
std::string always_project(const ir::Stage& stage);

// The namespace of what the guard of a stage found out.
std::string guard_variables(const ir::Stage& stage);

// What the route skips and why, "lint (style does not cause outages), …", as far as it fits.
std::string left_out(const ir::Route& route, size_t longest);
// What approvers are told, within the 1000 characters that CodePipeline allows.
std::string approval_text(const Facts& facts, const ir::Route& route, const ir::Stage& stage);
// A page with the difference to what is live; empty when there is none.
std::string approval_link(const Facts& facts, const ir::Route& route, const ir::Stage& stage);

// Roles and policies of the route; each returns the id of the resource.
std::string add_source_policy(const Facts& facts, const ir::Route& route, Template& document);
// `source_policy`: of builds of the pipeline; empty for one that checks the repository out by itself.
std::string add_build_role(const Facts& facts, const ir::Route& route, const std::string& project,
                           const BuildPlan& build, const std::string& source_policy, Template& document);
std::string add_pipeline_role(const Facts& facts, const ir::Route& route,
                              const std::vector<std::string>& projects,
                              const std::vector<std::string>& assumed_roles, Template& document);
// Where the cache of a project is kept, below the route's bucket.
std::string cache_prefix(const std::string& project);
// What such a build checks out.
OwnSource own_source(const Facts& facts);
// Rules that start the pipeline by a schedule or by events of the repository.
void add_start_rules(const Facts& facts, const ir::Route& route, Template& document);

}  // namespace pipec::backends::codepipeline
