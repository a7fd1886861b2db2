// A waiver that covers nothing is left over and would hide the next finding.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {

void unused_exemptions(const Context& context) {
  if (context.pipeline.profile == nullptr) return;
  for (const sema::Exemption& exemption : context.pipeline.exemptions) {
    if (exemption.used) continue;
    const bool waive = exemption.kind == ast::Exemption::Kind::waive;
    context.sink
        .report(diag::exemption_unused, exemption.head, waive ? "waive" : "not_applicable", exemption.place)
        .note(
            "it names `STAGE.CAPABILITY` or the code of a rule, and silences only a finding that would be "
            "there");
  }
}

}  // namespace pipec::rules
