// The rules of a profile, as they are listed and explained.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/profile.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::report {

struct RuleEntry {
  const sema::RuleText* rule = nullptr;
  // Null for a rule about the pipeline as a whole.
  const sema::Role* role = nullptr;
  // What it asks for: "`sast` or `sca`", "`sbom` before `sca`", "the time of the stage",
  // "`triggers(…)`".
  std::string what;
  // Only a person's word keeps it.
  bool attested = false;
  // The kinds of work that it asks for or judges.
  std::vector<const sema::Capability*> about;
  // One of them must be there; it is not about how they are done.
  bool requirement = false;
  // `not_applicable` may say that there is nothing of the kind.
  bool may_not_apply = false;
};

// Those of its ancestors included, role by role.
std::vector<RuleEntry> rules_of(const sema::Profile& profile);

// "required", "suggested as recommended"
std::string level_of(const sema::RuleText& rule);
// "required by DPRA", "follows from DPRA", "suggested as required by the profile `x`; DPRA gives no level"
std::string authority_of(const sema::RuleText& rule);
// As it is found: a suggestion is a warning, whatever it suggests.
Severity severity_of(const sema::RuleText& rule);

// The lines that let a rule off, with `…` where the reason, the owner and the end belong.
std::string waiver_of(std::string_view code);
std::string not_applicable_of(std::string_view code);
// The line by which a person answers for the rule.
std::string attestation_of(std::string_view code);

// What a fix says to write: the code in back-ticks at its beginning; empty when it says something else.
std::string example_of(std::string_view fix);

}  // namespace pipec::report
