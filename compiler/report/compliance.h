// The compliance report: how well pipelines keep their profiles, what that rests on, what a hotfix still
// guarantees, and what the report did not see. `pipec report` prints it.
#pragma once

#include "compiler/report/finding.h"
#include "compiler/rules/conformance.h"
#include "compiler/rules/hotfix/proof.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::report {

struct ReportEvidence {
  std::string what;
  rules::Grade grade = rules::Grade::declared;
  // Why it is no better; empty when it is the best.
  std::string because;
  Region at;
};

struct ReportExemption {
  // "waive", "not_applicable", "attest"
  std::string kind;
  std::string reason;
  std::string owner;
  // Who has agreed to a waiver; empty for the other kinds.
  std::string approver;
  // `2027-03-31`; empty without an end.
  std::string until;
  Region at;
};

// "Waived until 2027-03-31 by `payments`, approved by `appsec`: planned, ADR-3"
std::string in_words(const ReportExemption& exemption);

struct ReportClause {
  std::string code;
  std::string text;
  // "required"; "required by DPRA"
  std::string level;
  std::string authority;
  rules::Grade grade = rules::Grade::missing;
  std::vector<ReportEvidence> evidence;
  std::optional<ReportExemption> exemption;
  // What is missing, whether it is let off or not.
  std::string missing;
  Region at;
};

// The rules of one role, or of the pipeline as a whole.
struct ReportStage {
  std::string role;
  std::string title;
  // The stages that play the role.
  std::vector<std::string> stages;
  std::vector<ReportClause> clauses;
};

struct ReportPath {
  std::string route;
  std::string target;
  Duration typical;
  Duration guaranteed;
  // How long people may take, which is counted apart.
  Duration human;
};

struct ReportPlace {
  std::string what;
  Region at;
};

struct ReportPipeline {
  std::string name;
  std::string description;
  std::string owner;
  std::string profile;
  std::string profile_title;
  // The architecture that the profile comes from, and where that is found.
  std::string origin;
  std::string reference;
  std::vector<ReportStage> stages;
  std::vector<ReportPath> paths;
  std::optional<rules::HotfixReport> hotfix;
  // Elements whose command is in the file itself: what it does is not known.
  std::vector<ReportPlace> commands;
  // Where the pipeline says itself how something is done on a target.
  std::vector<ReportPlace> escape_hatches;
  // Artifacts that were made elsewhere.
  std::vector<ReportPlace> externals;
  std::vector<std::string> left_out_targets;

  size_t count(rules::Grade grade) const;
};

struct ReportSource {
  std::string path;
  std::string sha256;
};

struct ReportFile {
  // The file itself, then what it imports.
  std::vector<ReportSource> sources;
  std::vector<ReportPipeline> pipelines;
  // What was found in it, and because of which there may be nothing else to say.
  JudgedFile judged;
  // The levels that the file gives to codes.
  std::vector<std::string> severities;
};

struct Report {
  std::vector<ReportFile> files;
  // Empty when it is not given.
  std::string commit;
  std::string day;
};

// The best first.
inline constexpr auto all_grades =
    std::to_array<rules::Grade>({rules::Grade::enforced, rules::Grade::declared, rules::Grade::attested,
                                 rules::Grade::waived, rules::Grade::not_applicable, rules::Grade::missing});

// What it means, in a sentence.
std::string_view meaning_of(rules::Grade grade);

// Of a pipeline whose elements and values are known.
ReportPipeline report_of(const rules::Context& context, const SourceManager& sources);

// The clauses that a waiver covers, as findings that do not count. Needs a profile.
std::vector<Finding> waived(const rules::Context& context, const SourceManager& sources);

// What no report of this program can see, and what it did not see of this pipeline.
struct Unseen {
  std::string what;
  std::vector<ReportPlace> places;
};
std::vector<Unseen> unseen(const ReportPipeline& pipeline);

// `checkout.pipe:42`
std::string place_of(const Region& region);

// Its form is report.schema.json.
std::string to_json(const Report& report);
std::string to_text(const Report& report);
std::string to_markdown(const Report& report);
// One page that needs nothing else.
std::string to_html(const Report& report);

}  // namespace pipec::report
