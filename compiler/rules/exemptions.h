// Whether a waiver or an attestation lets something off on the day of judgement.
#pragma once

#include "compiler/rules/rules.h"

namespace pipec::rules {

// It has not ended, does not run for longer than the profile allows, and a waiver is not approved by those
// who own the pipeline. Reports to `sink` what is wrong with it, and `rule` as what it would cover. Without a
// day (Policy::today) it holds. Needs a profile.
bool holds(const Context& context, const sema::Exemption& exemption, const sema::RuleText& rule,
           DiagnosticSink& sink);

// Its last day is before the day of judgement.
bool has_ended(const Context& context, const sema::Exemption& exemption);

// `2027-03-31`; empty without a day.
std::string day_in_words(const std::optional<ast::DateExpr>& day);

}  // namespace pipec::rules
