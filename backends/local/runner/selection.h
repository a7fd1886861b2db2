// What a request means for a plan, or why it cannot be meant.
#pragma once

#include "backends/local/plan.h"
#include "backends/local/runner/graph.h"
#include "backends/local/runner/runner.h"

#include <set>
#include <string>
#include <vector>

namespace pipec::runner {

struct Selection {
  const local::Plan* plan = nullptr;
  const local::Route* route = nullptr;
  std::vector<const local::Stage*> stages;
  Graph graph;
  // Ids of approvals that are given.
  std::set<std::string> approved;
  // Names of environments that are deployed to.
  std::set<std::string> deployed;
  // What is wrong with the request; nothing else counts then.
  std::vector<std::string> mistakes;

  // The script that really runs for the task; null for approvals, windows, and what is simulated.
  const local::Script* script_of(const Task& task) const;
};

Selection select(const local::Plan& plan, const Request& request);

// What must hold on this machine before anything runs: programs, secrets, time zones, images that a script
// needs. `bash` and `sh` are programs too. Gives what does not.
std::vector<std::string> missing_on_this_machine(const Selection& selection, const Console& console);

// The program's path, from the directories of PATH; empty when it is in none.
std::string find_program(const std::string& name, const Console& console);

}  // namespace pipec::runner
