// The graph that a target really runs, and how long it takes: which elements share an execution, what numbered
// levels add to the order, what the platform itself costs. Backends follow it; the budgets are judged on it.
#pragma once

#include <string>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

namespace pipec::sema {

// One execution on the platform: a job, an action, a process.
struct Unit {
  // Indices into the stage's elements, in the order of the graph.
  std::vector<size_t> elements;
  // The unit's level in its stage, from 0. Units of one level start together where order is kept by levels.
  size_t level = 0;
  // Units of the stage that must have ended before.
  std::vector<size_t> before;
  Duration overhead;
  // Without overhead. Elements that share an execution run one after the other.
  Duration guaranteed;
  Duration typical;
};

struct StageSchedule {
  std::vector<Unit> units;
  Duration guaranteed;
  Duration typical;
  // The elements that make up the times, in order.
  std::vector<size_t> guaranteed_path;
  std::vector<size_t> typical_path;
  // Time of the platform that is part of `guaranteed` and `typical`.
  Duration overhead;
};

// An order that the target adds to the one that was asked for.
struct ExtraOrder {
  size_t stage = 0;
  // Elements of the stage.
  size_t first = 0;
  size_t second = 0;
};

struct Schedule {
  const Target* target = nullptr;
  std::vector<StageSchedule> stages;
  Duration guaranteed;
  Duration typical;
  // Part of both that belongs to no stage.
  Duration overhead;
  // How long people may take in all; counted apart.
  Duration human;
};

// Reports what the target cannot run in one execution as it must.
Schedule schedule(const Route& route, const Target& target, DiagnosticSink& sink);

// The orders that numbered levels add, each with the one that makes the stage longest first; at most `limit`.
// Empty for a target that keeps the graph.
std::vector<ExtraOrder> extra_orders(const Route& route, const Schedule& schedule, size_t limit);

}  // namespace pipec::sema
