// What a hotfix owes: everything of trunk that it leaves out or loosens.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::rules {

struct Debt {
  // Elements that must run in the backfill, and where the hotfix changes them.
  std::map<std::string, Span> owed;
  // What nothing can make up for, in words: "`prod.window` left out: …".
  std::vector<std::string> accepted_risks;
};

// Reports checks in production that the hotfix loses without a substitute.
Debt check_debt(DiagnosticSink& sink, const sema::Route& trunk, const sema::Route& hotfix);

}  // namespace pipec::rules
