// The stages of trunk follow one another in the order of the roles that they play.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {

void role_order(const Context& context) {
  const sema::Profile* profile = context.pipeline.profile;
  if (profile == nullptr) return;
  const sema::Stage* latest = nullptr;
  for (const sema::Stage& stage : context.pipeline.trunk().stages) {
    if (stage.role == nullptr) continue;
    if (latest != nullptr && profile->position(*stage.role) < profile->position(*latest->role)) {
      context.sink
          .report(diag::role_order, stage.head, stage.name, stage.role->name, latest->role->name,
                  latest->name)
          .label(latest->head, "stands before it");
    } else {
      latest = &stage;
    }
  }
}

}  // namespace pipec::rules
