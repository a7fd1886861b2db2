// From a unit of the schedule to one execution of CodeBuild: what it runs, what it needs, what it hands on.
#pragma once

#include "backends/codepipeline/buildspec.h"
#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::codepipeline {

// A build without the names of the route that it belongs to.
struct BuildPlan {
  // The mapping's key and text of the buildspec.
  std::string buildspec_key;
  Buildspec buildspec;
  // Of the project.
  Variables variables;
  // Of the action: values that other actions of the run export.
  Variables run_variables;
  std::vector<size_t> taken_files;
  std::vector<size_t> given_files;
  std::vector<Statement> statements;
  Duration limit;
  std::string compute;
  bool privileged = false;
};

// Of a unit that runs commands.
BuildPlan plan_commands(const Facts& facts, const RoutePlan& plan, const PlannedUnit& unit);
// Of a deployment by a building block, in one region of one wave; `bake`: seconds to watch after it.
BuildPlan plan_deployment(const Facts& facts, const RoutePlan& plan, const PlannedUnit& unit);

// Variables of an action that deploys in one region.
Variables region_variables(const ir::Element& element, const std::string& region, bool last_wave);

// The variable of a build that holds the digest of a container, wherever it comes from.
std::string digest_variable(const ir::Artifact& artifact);
// How other actions of the run refer to it.
std::string digest_reference(const PlannedUnit& maker, const ir::Artifact& artifact);
// REGISTRY/REPOSITORY of a container, without tag and digest.
std::string repository_of(const Facts& facts, const ir::Artifact& artifact);

// Gives the action the id of its run, once.
void add_run(BuildPlan& build);

// The line that refuses to go on without the lock of the environment, by the function of lock.sh.
inline constexpr std::string_view lock_check =
    "check_lock \"$pipec_ledger\" \"$pipec_environment\" \"$pipec_run\"\n";
// What it needs in a build of the stage: its variables and the right to look at the ledger. Where
// the environment has no lock, a build does not call it.
void add_lock_check(const Facts& facts, const ir::Stage& stage, BuildPlan& build);

// The last line of a build of `always`.
inline constexpr std::string_view always_end = "always_ended";

// The right to take on the role of an element in the environment's account.
Statement assume_statement(const Facts& facts, const ir::Stage& stage, const ir::Element& element);
// Whether builds of the element take on a role of the environment.
bool has_role(const ir::Stage& stage, const ir::Element& element);
// Repositories that a build uses.
struct RegistryUse {
  // Of images that it makes.
  std::vector<std::string> pushed;
  // Of images beside which it stores something.
  std::vector<std::string> attached;
  std::vector<std::string> pulled;
};
// What a build needs of the registry.
std::vector<Statement> registry_statements(const Facts& facts, const RegistryUse& use);

}  // namespace pipec::backends::codepipeline
