// What of a plan is run, and in which order.
#pragma once

#include "backends/local/plan.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pipec::runner {

struct Task {
  const local::Stage* stage = nullptr;
  const local::Element* element = nullptr;

  const std::string& id() const { return *element->id; }
  bool always() const { return element->always; }
};

// The tasks are the first nodes; the end of each stage but the last is one more, so that the barrier between
// two stages costs an edge for each of their elements and no more. A node starts when all nodes before it
// have passed.
struct Graph {
  std::vector<Task> tasks;
  // For each node those directly after it, and how many are directly before it.
  std::vector<std::vector<size_t>> after;
  std::vector<size_t> before_count;
};

// Needs a plan that read_plan accepted. `stages` are stages of one of its routes, in order.
Graph make_graph(const std::vector<const local::Stage*>& stages);

}  // namespace pipec::runner
