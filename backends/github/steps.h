// Steps and texts that several kinds of jobs share.
#pragma once

#include <string>
#include <string_view>

#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

namespace pipec::backends::github {

// How a command of the pipeline is run: under its shell, and ended after its time. It is killed when it does not
// listen.
std::string limited_shell(Duration limit, ir::Shell shell);
// The command of the shell alone: `bash --noprofile --norc -euo pipefail`.
std::string shell_command(ir::Shell shell);
// The limit of such a shell; zero when it has none.
Duration limit_of(std::string_view shell);

// The whole history, without the token. Some tools look at all of it.
Step checkout_step();

// Takes a role; its credentials are outputs of the step `id` and no variables of the job.
Step aws_login(std::string_view id, const Context& context, RoleKind kind, const ir::Environment* environment,
               std::string_view region, long job_minutes);
// Those credentials, for a step that needs them.
Environment aws_credentials(std::string_view id, std::string_view region);

// What the ledger's scripts need in every job that calls them.
Environment ledger_environment(const Context& context, const ir::Route& route);

// Lets gh and git speak to GitHub.
std::pair<std::string, Text> token();

// The outputs in which an artifact's values are found: `artifact-image` of a step, `image-uri` of a job.
std::string artifact_step(const ir::Artifact& artifact);
std::string artifact_output(const ir::Artifact& artifact, std::string_view attribute);

// A value of the run, of an artifact of this job or of one that it needs.
Text run_time_text(const Context& context, const RoutePlan& plan, const PlannedJob& job, const ir::RunTime& value);
// The reverse: `@image.uri`; empty when it is none.
std::string run_time_name(std::string_view written);

// The workflow's variables that hold values of artifacts from outside.
Environment external_values(const Context& context);

// The variables of an element's command, then its secrets.
Environment element_environment(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                                const ir::Element& element);

// The step of an approval, which holds for a while.
Step approval_step(const RoutePlan& plan, const PlannedJob& planned, const ir::Element& approval);

// The last step of a job after which an approval is asked for.
Step end_step();
inline constexpr std::string_view end_output = "ended";

// Every try of an element ends after its limit; with further tries the later ones run when the one before failed.
// `step` is the first, with an id.
void add_tries(const ir::Element& element, Step step, std::vector<Step>& steps);

// The longest that an element's steps can take, the way back of a deployment included.
Duration longest_time(const ir::Element& element);
// Minutes after which GitHub ends the job: every limit in it, and time to prepare.
long job_minutes(const PlannedJob& planned);

// Where a job finds files that other jobs make. An artifact is fetched once.
class Fetched {
 public:
  Fetched(const Context& context, const RoutePlan& plan, const PlannedJob& planned)
      : context_(context), plan_(plan), planned_(planned) {}
  void add_steps(const ir::Element& element, std::vector<Step>& steps);
  // The jobs that what this job consumes comes from.
  static std::vector<const PlannedJob*> makers(const Context& context, const RoutePlan& plan, const PlannedJob& planned);

 private:
  const Context& context_;
  const RoutePlan& plan_;
  const PlannedJob& planned_;
  std::vector<size_t> known_;
};

// The steps of a job of commands, and what other jobs get from it.
void add_plain_steps(const Context& context, const RoutePlan& plan, const PlannedJob& planned, Job& job);
// Those of a job that deploys.
void add_deployment_steps(const Context& context, const RoutePlan& plan, const PlannedJob& planned, Job& job);

}  // namespace pipec::backends::github
