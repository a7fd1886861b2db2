// Advice: what could run at the same time, and the time that this would save.
#include "compiler/diag/kinds/time.h"
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Stage;

// Less is not worth a change of the file.
constexpr Duration least_saved = Duration::minutes(1);
constexpr int64_t least_percent = 20;

// When the elements of a stage end: as they are written, and when each waits only for what it needs. Times
// are those that elements say they usually take; one that says nothing counts as nothing.
class Estimate {
 public:
  Estimate(const Stage& stage, const sema::Profile* profile) : stage_(stage) {
    const size_t count = stage.order.before.size();
    written_.resize(count);
    closed_.resize(count);
    barrier_.resize(count);
    gates_.resize(count);
    start_.resize(count);
    waits_for_.assign(count, none);
    previous_.assign(count, none);
    for (size_t i = 0; i < stage.elements.size(); ++i) {
      index_.emplace(stage.elements[i]->id, i);
      for (const auto& output : stage.elements[i]->produces)
        makers_.emplace(output.first, i);
    }
    const auto add_rules = [&](const std::vector<sema::OrderRule>& rules) {
      for (const sema::OrderRule& rule : rules)
        rules_.emplace_back(&rule, none);
    };
    if (profile != nullptr) add_rules(profile->orders);
    if (stage.role != nullptr) add_rules(stage.role->orders);
    for (const size_t node : stage.order.sequence)
      visit(node);
  }

  // The only element that this one has to wait for; null when there is none or more than one.
  const Element* waits_for(const Element& later) const {
    const size_t node = waits_for_[index_.find(later.id)->second];
    return node == none ? nullptr : &element(node);
  }
  // Whether `later` could begin before `earlier` ends.
  bool could_overlap(const Element& earlier, const Element& later) const {
    return start_[index_.find(later.id)->second] < ends_.at(index_.find(earlier.id)->second);
  }
  Duration written() const { return longest_; }
  Duration possible() const { return possible_; }

  // Neighbours on the longest path, the later of which does not need the earlier.
  std::vector<const Element*> independent() const {
    std::vector<const Element*> found;
    size_t later = none;
    for (size_t node = last_; node != none; node = previous_[node]) {
      if (node >= stage_.order.element_count) continue;
      const bool waits = later != none && start_[later] < ends_.at(node);
      if (waits) {
        if (found.empty() || found.back() != &element(later)) found.push_back(&element(later));
        found.push_back(&element(node));
      }
      later = node;
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

 private:
  static constexpr size_t none = static_cast<size_t>(-1);

  const Element& element(size_t node) const { return *stage_.elements[node]; }
  Duration time(size_t node) const {
    return element(node).typical ? element(node).typical_time() : Duration{};
  }

  // People, and what changes an environment, keep their place in the written order.
  bool keeps_place(size_t node) const {
    const auto kind = element(node).kind;
    return kind == ast::ElementKind::approval || kind == ast::ElementKind::deploy ||
           (stage_.environment != nullptr && kind == ast::ElementKind::action) || !element(node).typical;
  }

  void visit(size_t node) {
    Duration start;
    Duration barrier;
    Duration gates;
    Duration closed;
    for (const size_t earlier : stage_.order.before[node]) {
      if (written_[earlier] > start || previous_[node] == none) {
        start = written_[earlier];
        previous_[node] = earlier;
      }
      barrier = std::max(barrier, barrier_[earlier]);
      gates = std::max(gates, gates_[earlier]);
      closed = std::max(closed, closed_[earlier]);
    }
    written_[node] = start;
    barrier_[node] = barrier;
    gates_[node] = gates;
    closed_[node] = closed;
    if (node >= stage_.order.element_count) return;
    const bool fixed = keeps_place(node);
    waits_for_[node] = needed(node);
    const Duration ready = waits_for_[node] == none ? Duration{} : ends_.at(waits_for_[node]);
    // A gate stops what is made after it.
    const bool guarded = element(node).kind == ast::ElementKind::action;
    start_[node] = fixed ? closed : std::max({barrier, ready, guarded ? gates : Duration{}});
    if (start_[node] > ready) waits_for_[node] = none;
    const Duration end = start_[node] + time(node);
    written_[node] = start + time(node);
    closed_[node] = std::max(closed, end);
    if (fixed) barrier_[node] = end;
    if (element(node).kind == ast::ElementKind::gate) gates_[node] = std::max(gates, end);
    ends_[node] = end;
    for (auto& [rule, last] : rules_) {
      if (element(node).fulfils(*rule->first) && (last == none || end > ends_.at(last))) last = node;
    }
    possible_ = std::max(possible_, end);
    if (last_ == none || written_[node] > longest_) {
      longest_ = written_[node];
      last_ = node;
    }
  }

  // The element whose end is the last that this one needs: because it uses what that makes, names it in
  // `after` or has to follow it by the profile.
  size_t needed(size_t node) const {
    size_t last = none;
    const auto wait_for = [&](size_t other) {
      const auto end = ends_.find(other);
      if (end != ends_.end() && (last == none || end->second > ends_.at(last))) last = other;
    };
    for (const sema::ArtifactUse& use : element(node).consumes) {
      const auto maker = makers_.find(use.artifact);
      if (maker != makers_.end()) wait_for(maker->second);
    }
    for (const std::string& id : element(node).after) {
      const auto other = index_.find(id);
      if (other != index_.end()) wait_for(other->second);
    }
    for (const auto& [rule, other] : rules_) {
      if (other != none && element(node).fulfils(*rule->second)) wait_for(other);
    }
    return last;
  }

  const Stage& stage_;
  // Orders of the profile, and the element of the first kind that ends last.
  std::vector<std::pair<const sema::OrderRule*, size_t>> rules_;
  std::map<std::string, size_t, std::less<>> index_;
  std::map<std::string, size_t, std::less<>> makers_;
  // By node: its end as written, the latest possible end up to it, the last end that everything waits for,
  // the last end of a gate.
  std::vector<Duration> written_, closed_, barrier_, gates_;
  // When an element could start, and what it waits for then.
  std::vector<Duration> start_;
  std::vector<size_t> waits_for_;
  std::map<size_t, Duration> ends_;
  std::vector<size_t> previous_;
  Duration longest_;
  Duration possible_;
  size_t last_ = none;
};

// Those of `elements`, in their order, of which none waits for another; at least the first two.
std::vector<std::string> names_of_independent(const std::vector<const Element*>& elements,
                                              const Estimate& estimate) {
  std::vector<const Element*> kept;
  std::vector<std::string> names;
  for (const Element* element : elements) {
    const bool waits = std::any_of(kept.begin(), kept.end(), [&](const Element* earlier) {
      return !estimate.could_overlap(*earlier, *element);
    });
    if (waits) continue;
    kept.push_back(element);
    names.push_back(element->name);
  }
  return names;
}

}  // namespace

void parallel_advice(const Context& context) {
  if (!context.policy.advice || context.sink.has_errors()) return;
  for (const Stage& stage : context.pipeline.trunk().stages) {
    const Estimate estimate(stage, context.pipeline.profile);
    const Duration saved = estimate.written() - estimate.possible();
    if (saved < least_saved || saved.seconds * 100 < estimate.written().seconds * least_percent) continue;
    const auto elements = estimate.independent();
    if (elements.size() < 2) continue;
    const auto names = names_of_independent(elements, estimate);
    auto report = context.sink.report(diag::could_run_in_parallel, elements.front()->head, quoted_list(names),
                                      to_string(saved), to_string(estimate.written()));
    for (size_t i = 1; i < elements.size(); ++i) {
      const Element* first = estimate.waits_for(*elements[i]);
      report.label(elements[i]->head, first == nullptr
                                          ? "does not need the one before"
                                          : fmt::format("has to wait for `{}` only", first->name));
    }
    report.note("put them into `parallel { … }`");
  }
}

}  // namespace pipec::rules
