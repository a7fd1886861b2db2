// The jobs of a route: commands, deployments and approvals.
#pragma once

#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

namespace pipec::backends::github {

// The output of the preflight that holds what runs in an environment, and whether a commit may go there.
std::string live_output(const ir::Environment& environment);
std::string proceed_output(const ir::Environment& environment);

// The step of a deployment's job that takes its role.
inline constexpr std::string_view deploy_login = "aws";

// Of a production job: how the deployment ended.
inline constexpr std::string_view outcome_output = "outcome";

// A job of the plan; what it needs is added by the route.
Job plain_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned);
Job deployment_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned);
Job approval_job(const Context& context, const RoutePlan& plan, const PlannedJob& planned);

// Tells commands where they work.
void say_environment(const Context& context, const ir::Stage& stage, Job& job);
// One job at a time changes an environment, of all routes.
Concurrency lock_of(const Context& context, const ir::Stage& stage);

// What surrounds the command of an element: languages, tools, inputs before it; artifacts and reports after
// it.
class ElementSteps {
 public:
  ElementSteps(const Context& context, const RoutePlan& plan, const PlannedJob& planned,
               std::vector<Step>& steps)
      : context_(context), plan_(plan), planned_(planned), steps_(steps) {}

  void add_before(const ir::Element& element);
  void add_command(const ir::Element& element);
  void add_after(const ir::Element& element);

 private:
  // What another run left, for an element that is alone in its job.
  void add_caches(const ir::Element& element);
  // Logs in where the element needs it, once for the job.
  void add_logins(const ir::Element& element);
  Environment credentials(const ir::Element& element) const;
  // In which it works: the first of its environment, or that of a cell of `per_region`.
  std::string region(const ir::Element& element) const;

  const Context& context_;
  const RoutePlan& plan_;
  const PlannedJob& planned_;
  std::vector<Step>& steps_;
  std::vector<std::string> installed_;
  std::vector<size_t> fetched_;
  bool in_registry_ = false;
  bool in_account_ = false;
};

// Puts the scripts that the steps call on the runner, before all of them.
void place_called_scripts(std::vector<Step>& steps);

}  // namespace pipec::backends::github
