// Commands do what their elements claim: they can fail, and fail on what the element says.
#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/rules.h"

#include <set>

namespace pipec::rules {
namespace {

void check(const Context& context, const std::vector<sema::Stage>& stages,
           std::set<const sema::Element*>& seen) {
  for (const sema::Stage& stage : stages) {
    for (const auto& element : stage.elements) {
      if (!seen.insert(element.get()).second) continue;
      for (const Weakness& weakness : weaknesses(*element)) {
        const bool advice = weakness.kind->info->severity == Severity::note;
        if (!advice || context.policy.advice)
          context.sink.report(*weakness.kind, weakness.at, element->id, weakness.what);
      }
    }
  }
}

}  // namespace

void command_evidence(const Context& context) {
  std::set<const sema::Element*> seen;
  for (const sema::Route& route : context.pipeline.routes)
    check(context, route.stages, seen);
  check(context, context.pipeline.workstation, seen);
}

}  // namespace pipec::rules
