// The graph that a target really runs, and how long it takes: which elements share an execution, what
// numbered levels add to the order, what the platform itself costs. Backends follow it; the budgets are
// judged on it.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

#include <optional>
#include <string>
#include <vector>

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

// What a target counts with where the platform, and not the element's timeout, ends the work of a building
// block: the limit `BLOCK_minutes` of the target. Nothing where the timeout holds.
std::optional<Duration> platform_limit(const Element& element, const Target& target);

// The longest that the element may take on the target, retries, waves and bakes included.
Duration guaranteed_time(const Element& element, const Target& target);

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

// `route`: the graph as it runs (cells.h). Reports what the target cannot run in one execution as it must.
Schedule schedule(const Route& route, const Target& target, DiagnosticSink& sink);

// `route`: the graph as it runs. What it costs that the target keeps order by levels and not as the graph
// says, and runs what stands in `always` in one execution, in the usual case, by stage.
std::vector<Duration> price_of_levels(const Route& route, const Target& target);

}  // namespace pipec::sema
