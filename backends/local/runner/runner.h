// Runs a local plan with real processes.
#pragma once

#include "backends/local/plan.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::runner {

struct Request {
  std::string route = "trunk";
  // Only these stages of it; all of them when empty.
  std::vector<std::string> stages;
  // Approvals that are given without asking: ids, or names that are unique in the route.
  std::vector<std::string> approvals;
  // Environments whose deployments are run and not simulated.
  std::vector<std::string> deployments;
  // How many elements run at the same time; the number of cores when 0.
  size_t jobs = 0;
  bool keep_going = false;
  // The checkout. Not empty.
  std::string root = ".";
  // The folder for the folders of runs; `.pipec/runs` of the checkout when empty.
  std::string log_folder;
};

// How pipec talks to the person who runs the plan.
struct Console {
  // What was asked for, and what a person reads.
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  // `err` is a terminal that understands control sequences: what runs is shown there in a status area.
  bool err_is_terminal = false;
  // Standard input is a terminal too: somebody can be asked.
  bool can_ask = false;
  bool color = false;
  // Only failures are told.
  bool quiet = false;
  // A variable of the environment.
  std::function<std::optional<std::string>(const std::string&)> variable;
};

enum class Outcome : uint8_t {
  passed,
  // Something failed, was refused or interrupted, or a precondition does not hold on this machine.
  failed,
  // The request cannot be meant: unknown names, an approval that nobody can give.
  wrong_use,
  // The folder of the run could not be made or written.
  io_error,
};

// Needs a plan that read_plan accepted. While it runs, the process does not get SIGINT, SIGTERM and SIGHUP:
// the first of them ends the elements that run, the second kills them.
Outcome run(const local::Plan& plan, const Request& request, const Console& console);

// Says on `out` what `run` would do, and touches nothing. `failed` when something that it needs is missing on
// this machine, which is told on `err`.
Outcome describe(const local::Plan& plan, const Request& request, const Console& console);

}  // namespace pipec::runner
