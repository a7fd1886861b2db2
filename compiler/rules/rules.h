// Checks on the model. A rule only reports; it changes nothing and no other rule depends on it.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"
#include "compiler/sema/schedule.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pipec::rules {

struct Policy {
  // The day by which waivers are judged; without it they all hold.
  std::optional<ast::DateExpr> today;
  // Whether to say what could be better, besides what is wrong.
  bool advice = false;
};

// For every route of a pipeline and every target that is asked for.
// Each is of the graph as it runs.
using Schedules = std::map<std::pair<const sema::Route*, const sema::Target*>, sema::Schedule>;

// Every route of a pipeline as it runs, with a matrix as several elements (sema/cells.h). Limits and times
// are those of this graph; everything else is judged on elements as a whole.
using Graphs = std::map<const sema::Route*, sema::Route>;

// What a rule sees.
struct Context {
  const sema::Model& model;
  const sema::Pipeline& pipeline;
  const Policy& policy;
  const Graphs& graphs;
  const Schedules& schedules;
  DiagnosticSink& sink;
};

// Owns what a context refers to. Making one computes the schedules and reports what a target cannot run.
class Prepared {
 public:
  Prepared(const sema::Model& model, const sema::Pipeline& pipeline, const Policy& policy,
           DiagnosticSink& sink);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  const Context& context() const { return context_; }

 private:
  Policy policy_;
  Graphs graphs_;
  Schedules schedules_;
  Context context_;
};

// Runs every rule of rules.def on one pipeline.
void run(const sema::Model& model, const sema::Pipeline& pipeline, const Policy& policy,
         DiagnosticSink& sink);
// On every pipeline of the file; `own_guarantees` on bases that none of them extends, whose heirs are told
// otherwise.
void run(const sema::Model& model, const Policy& policy, DiagnosticSink& sink);

// What no heir can mend: a final gate or a floor that the base has from its own bases, or declares itself,
// and that it or one of its routes does not keep.
void own_guarantees(const Context& context);

#define PIPEC_RULE(NAME, NEEDS) void NAME(const Context& context);
#include "compiler/rules/rules.def"
#undef PIPEC_RULE

}  // namespace pipec::rules
