// The workflow files of a pipeline. The caller belongs to whatever branch was pushed, so it holds nothing but
// the choice of a route; everything else is taken from the protected branch.
#pragma once

#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

#include <string_view>

namespace pipec::backends::github {

// Suffixes of workflow files that are no routes.
inline constexpr std::string_view monitor_suffix = "monitor";
inline constexpr std::string_view override_suffix = "override";

// How often the monitor runs.
inline constexpr Duration monitor_period{6 * 3600};
inline constexpr std::string_view monitor_schedule = "17 */6 * * *";

// The reusable workflow of a route. `environments`: the rules of those that it names, as a JSON array.
Workflow route_workflow(const Context& context, const RoutePlan& plan, std::string_view environments);

// Starts the routes. Needs the workflows of all of them, in the order of `Context::routes`.
Workflow caller_workflow(const Context& context, const std::vector<Workflow>& routes);

// Whether there is something to watch: duties of hotfixes, or metrics.
bool has_monitor(const Context& context);
Workflow monitor_workflow(const Context& context);

// Two people let a commit pass a guard.
Workflow override_workflow(const Context& context);

// What an environment's duties are judged by. `watched`: the monitor's workflow file, or nothing.
Step monitor_step(const Context& context, const ir::Environment& environment, bool strict,
                  std::string_view watched);
Step merged_step(const ir::Environment& environment);

// The channels that are told of a route's runs, with the events that each is told of.
struct Channel {
  std::string secret;
  std::vector<std::string> events;
};
std::vector<Channel> channels_of(const Context& context, const ir::Route& route);

// The job that tells every channel of an event; nothing when none wants to know.
std::optional<Job> notify_job(const Context& context, const RoutePlan& plan, std::string_view event);

}  // namespace pipec::backends::github
