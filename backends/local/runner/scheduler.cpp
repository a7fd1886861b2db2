#include "backends/local/runner/scheduler.h"

namespace pipec::runner {

Scheduler::Scheduler(const Graph& graph, bool keep_going)
    : graph_(graph), keep_going_(keep_going), waits_for_(graph.before_count) {
  for (size_t node = 0; node < waits_for_.size(); ++node) {
    if (graph.before_count[node] == 0) ready(node);
  }
}

std::optional<size_t> Scheduler::next() {
  if (stopped_ || ready_.empty()) return std::nullopt;
  const size_t task = ready_.front();
  ready_.pop_front();
  ++running_;
  return task;
}

void Scheduler::ended(size_t task, bool passed) {
  --running_;
  if (passed) {
    pass(task);
  } else if (!keep_going_) {
    stopped_ = true;
  }
}

void Scheduler::pass(size_t node) {
  for (const size_t later : graph_.after[node]) {
    if (--waits_for_[later] == 0) ready(later);
  }
}

void Scheduler::ready(size_t node) {
  if (node < graph_.tasks.size()) {
    ready_.push_back(node);
  } else {
    pass(node);
  }
}

}  // namespace pipec::runner
