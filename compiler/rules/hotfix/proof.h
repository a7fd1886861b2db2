// The hotfix proof: what a hotfix still guarantees (design: H1 to H10), what it owes afterwards, and what the
// proof takes for granted.
#pragma once

#include "compiler/rules/rules.h"

#include <string>
#include <vector>

namespace pipec::rules {

// A row of the table that compares trunk and hotfix.
struct GateRow {
  std::string gate;
  std::string normal;
  std::string hotfix;
  std::string why;
};

struct Claim {
  // "H1"
  std::string id;
  std::string title;
  bool holds = true;
  // What was found, or how it is enforced when the pipeline runs.
  std::vector<std::string> facts;
  // False when nothing of the hotfix reaches production, so that there is nothing to show.
  bool applies = true;
};

struct PathTimes {
  std::string target;
  Duration trunk_typical, trunk_guaranteed;
  Duration hotfix_typical, hotfix_guaranteed;
  // How long people may take in the hotfix.
  Duration human;
};

struct HotfixReport {
  std::vector<GateRow> gates;
  std::vector<PathTimes> times;
  std::vector<Claim> claims;
  // What runs in the backfill, and what trunk does in production that the hotfix does not.
  std::vector<std::string> debt;
  std::vector<std::string> accepted_risks;
  // By target: what must hold, and the emitted file that sets or checks it.
  struct Assumption {
    std::string target, text, by;
  };
  std::vector<Assumption> assumptions;
};

// Reports every violation with its counter-example. The pipeline must have a hotfix.
HotfixReport prove(const Context& context);

}  // namespace pipec::rules
