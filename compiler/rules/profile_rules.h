// Shared by the rules that judge a pipeline by its profile.
#pragma once

#include "compiler/rules/rules.h"

#include <string>
#include <vector>

namespace pipec::rules {

// The stages that play a role: of trunk, or of the workstation for a role outside of the pipeline.
std::vector<const sema::Stage*> stages_of(const sema::Pipeline& pipeline, const sema::Role& role);

// Whether a waiver or `not_applicable` covers the rule, by its code or by `PLACE.CAPABILITY` where the place
// is the role or one of its stages. Reports an exemption that has expired or that the file contradicts.
bool is_exempt(const Context& context, const sema::RuleText& rule, const sema::Role* role,
               const std::vector<const sema::Capability*>& capabilities);

// "required by DPRA", "recommended by DPRA", "suggested by the profile `x`; DPRA is silent".
std::string authority(const sema::RuleText& rule);

// What every finding of a rule carries: its code, level, reason and fix.
void finish(DiagnosticBuilder report, const sema::RuleText& rule);

}  // namespace pipec::rules
