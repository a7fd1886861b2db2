// Decides what may start. Every event costs as much as the edges it concerns, never a look at all tasks.
#pragma once

#include "backends/local/runner/graph.h"

#include <deque>
#include <optional>
#include <vector>

namespace pipec::runner {

class Scheduler {
 public:
  // `keep_going`: a failure stops only what comes after it.
  Scheduler(const Graph& graph, bool keep_going);

  // A task that may start now, in the order of the plan among those that are ready; it counts as running
  // until `ended`. Nothing when there is none.
  std::optional<size_t> next();
  // A task that `next` gave has ended.
  void ended(size_t task, bool passed);
  // Nothing new starts from now on.
  void stop() { stopped_ = true; }
  size_t running() const { return running_; }
  // Nothing runs, and nothing more will.
  bool done() const { return running_ == 0 && (stopped_ || ready_.empty()); }

 private:
  void pass(size_t node);
  void ready(size_t node);

  const Graph& graph_;
  bool keep_going_;
  bool stopped_ = false;
  size_t running_ = 0;
  // For each node, how many directly before it have not passed yet.
  std::vector<size_t> waits_for_;
  std::deque<size_t> ready_;
};

}  // namespace pipec::runner
