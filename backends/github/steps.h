// Steps and texts that several kinds of jobs share.
#pragma once

#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pipec::backends::github {

// The command of a shell without a limit: `bash --noprofile --norc -euo pipefail`.
std::string shell_command(ir::Shell shell);
// How a command of the pipeline is run: under its shell, and ended after its time.
std::string limited_shell(Duration limit, ir::Shell shell);
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
// Where the scripts of a deployment tell each other how far it came. Known to steps, not to jobs.
std::pair<std::string, Text> state_folder();

// The ids of an element's steps: `build-unit`, `build-unit-try-2`, `prod-api-wave-2`, `undo-prod-api`. Beside
// them a job has those of its artifacts (artifacts.h), and its own, which have no dash.
std::string step_id(const ir::Element& element);
std::string try_step(const ir::Element& element, int64_t number);
std::string wave_step(const ir::Element& element, size_t number);
std::string undo_step(const ir::Element& element);
// The beginning of the keys of an element's caches, for runs that are `trust`ed alike.
std::string cache_key(const Context& context, std::string_view trust, const ir::Element& element);

// The step of an approval, which holds for a while.
Step approval_step(const RoutePlan& plan, const PlannedJob& planned, const ir::Element& approval);

// The last step of a job after which an approval is asked for, and its output.
inline constexpr std::string_view end_output = "ended";
Step end_step();
Text end_time();

// Of a job with which its stage begins: the step that says so, and its output.
inline constexpr std::string_view begun_output = "begun";
Step begun_step();
Text begun();

// Every try of an element ends after its limit; with further tries the later ones run when the one before
// failed. `step` is the first, with an id.
void add_tries(const ir::Element& element, Step step, std::vector<Step>& steps);

// The longest that an element's steps can take, the way back of a deployment included.
Duration longest_time(const ir::Element& element);
// Minutes after which GitHub ends the job: every limit in it, and time to prepare.
long job_minutes(const PlannedJob& planned);

// Installs the languages and tools of an element; `known` are those that the job has.
void add_setup_steps(const ir::Work& work, std::vector<std::string>& known, std::vector<Step>& steps);

}  // namespace pipec::backends::github
