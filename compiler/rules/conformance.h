// How well a pipeline keeps each rule of its profile, and what that rests on. The diagnostics of profiles and
// the reports about them come from one judgement.
#pragma once

#include "compiler/rules/rules.h"
#include "compiler/sema/grade.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::rules {

using sema::Grade;
using sema::to_string;

// What a clause rests on: an element, a source, a measured time, at its place in the file.
struct Evidence {
  Span at;
  // "`build.scan`, by the definition `trivy`"
  std::string what;
  Grade grade = Grade::declared;
  // Why it is no better, "its command is the pipeline's own"; empty for what is enforced.
  std::string because;
};

// One rule of the profile, judged on one pipeline.
struct Clause {
  const sema::RuleText* rule = nullptr;
  // Null for a rule about the pipeline as a whole.
  const sema::Role* role = nullptr;
  // The best of the evidence; the worst where the rule asks for several things.
  Grade grade = Grade::missing;
  std::vector<Evidence> evidence;
  // What covers it. Null too where the file itself shows that there is nothing to judge. A clause is
  // `missing` in spite of it when the waiver has ended or the file contradicts it.
  const sema::Exemption* exemption = nullptr;
  // The stage, source or pipeline that should hold it.
  Span at;
  // What is missing, whether it is covered or not; empty when the rule is kept.
  std::string missing;
};

struct Conformance {
  // In the order of the profile: role by role, then what is asked of the whole.
  std::vector<Clause> clauses;

  size_t count(Grade grade) const;
};

// Judges the pipeline by its profile; reports nothing. Where values are not known (Model::values_known) only
// what needs none is judged. Empty without a profile.
Conformance judge(const Context& context);

}  // namespace pipec::rules
