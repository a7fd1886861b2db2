#include "backends/local/runner/scheduler.h"

namespace pipec::runner {

Scheduler::Scheduler(const Graph& graph, bool keep_going)
    : graph_(graph),
      keep_going_(keep_going),
      waits_for_(graph.before_count),
      always_waits_for_(graph.tasks.size()) {
  for (size_t task = 0; task < graph.tasks.size(); ++task) {
    for (const size_t later : graph.after[task]) {
      if (is_always(task) && is_always(later)) ++always_waits_for_[later];
    }
  }
  for (size_t node = 0; node < waits_for_.size(); ++node) {
    if (graph.before_count[node] == 0) ready(node);
    if (is_always(node) && always_waits_for_[node] == 0) always_ready_.insert(node);
  }
}

std::optional<size_t> Scheduler::next() {
  if (!stopped_ && !ready_.empty()) {
    const size_t task = ready_.front();
    ready_.pop_front();
    return start(task);
  }
  if (!always_is_due()) return std::nullopt;
  const size_t task = *always_ready_.begin();
  always_ready_.erase(always_ready_.begin());
  return start(task);
}

bool Scheduler::always_is_due() const {
  const bool others_may_start = !stopped_ && !ready_.empty();
  return !others_may_start && running_others_ == 0 && always_follows();
}

bool Scheduler::always_follows() const {
  return !stopped_all_ && !always_ready_.empty() && graph_.tasks[*always_ready_.begin()].stage == begun_;
}

size_t Scheduler::start(size_t task) {
  const Task& what = graph_.tasks[task];
  ++running_;
  if (what.always()) return task;
  ++running_others_;
  if (*what.element->kind != local::Kind::approval) begun_ = what.stage;
  return task;
}

void Scheduler::ended(size_t task, bool passed) {
  --running_;
  if (is_always(task)) {
    for (const size_t later : graph_.after[task]) {
      if (is_always(later) && --always_waits_for_[later] == 0) always_ready_.insert(later);
    }
  } else {
    --running_others_;
  }
  if (passed) {
    pass(task);
  } else if (!keep_going_) {
    stopped_ = true;
  }
}

void Scheduler::stop_all() {
  stopped_ = true;
  stopped_all_ = true;
}

void Scheduler::pass(size_t node) {
  for (const size_t later : graph_.after[node]) {
    if (--waits_for_[later] == 0) ready(later);
  }
}

// What always runs starts by its stage, not by what has passed.
void Scheduler::ready(size_t node) {
  if (is_always(node)) return;
  if (node < graph_.tasks.size()) {
    ready_.push_back(node);
  } else {
    pass(node);
  }
}

}  // namespace pipec::runner
