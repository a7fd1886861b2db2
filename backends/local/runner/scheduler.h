// Decides what may start. Every event costs as much as the edges it concerns, never a look at all tasks.
#pragma once

#include "backends/local/runner/graph.h"

#include <deque>
#include <optional>
#include <set>
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
  // From now on nothing new starts but what always runs.
  void stop() { stopped_ = true; }
  // Nothing new starts at all.
  void stop_all();
  size_t running() const { return running_; }
  // Something of the stage that has begun always runs, and has not started.
  bool always_follows() const;
  // Nothing runs, and nothing more will.
  bool done() const { return running_ == 0 && (stopped_ || ready_.empty()) && !always_is_due(); }

 private:
  bool is_always(size_t node) const { return node < graph_.tasks.size() && graph_.tasks[node].always(); }
  // Everything else of the stage that has begun is over, and something of its `always` may start.
  bool always_is_due() const;
  size_t start(size_t task);
  void pass(size_t node);
  void ready(size_t node);

  const Graph& graph_;
  bool keep_going_;
  bool stopped_ = false;
  bool stopped_all_ = false;
  size_t running_ = 0;
  // Of those, what does not always run.
  size_t running_others_ = 0;
  // The latest stage of which something has begun; an approval does not count. Stages follow one another.
  const local::Stage* begun_ = nullptr;
  // For each node, how many directly before it have not passed yet.
  std::vector<size_t> waits_for_;
  std::deque<size_t> ready_;
  // For each task that always runs, how many of its like directly before it have not ended yet; and those
  // that wait for their stage only, in the order of the plan.
  std::vector<size_t> always_waits_for_;
  std::set<size_t> always_ready_;
};

}  // namespace pipec::runner
