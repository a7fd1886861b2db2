// The compliance report: how well pipelines keep their profiles, what that rests on, what a hotfix still
// guarantees, and what the report did not see. `pipec report` prints it.
#pragma once

#include "compiler/report/finding.h"
#include "compiler/rules/conformance.h"
#include "compiler/rules/hotfix/proof.h"

#include <array>
#include <functional>
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
  // Whether it lets anything off on the day of judgement, and if not, whether because it has ended.
  bool holds = true;
  bool ended = false;
};

// "Waived until 2027-03-31 by `payments`, approved by `appsec`: planned, ADR-3". Of one that does not hold:
// "Has ended: waived until …", "Does not hold: waived until …".
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

// How a route that is neither trunk nor the hotfix differs from trunk, on which the profile is judged.
struct ReportRoute {
  std::string name;
  // Stages of trunk that it does not run, and stages that it runs besides.
  std::vector<std::string> left_out;
  std::vector<std::string> besides;
  // What differs in the stages that both run; `hotfix` of a row is what the route does.
  std::vector<rules::GateRow> changes;
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

// How many of the security controls that the profile asks for are automated: kept by a definition that knows
// the tool, not by somebody's word. Only what the file shows to be out of place is left out.
struct ReportAutomation {
  // The codes of their rules.
  std::vector<std::string> automated;
  std::vector<std::string> other;

  size_t asked_for() const { return automated.size() + other.size(); }
  // Rounded down; 0 when nothing is asked for.
  size_t percent() const { return asked_for() == 0 ? 0 : automated.size() * 100 / asked_for(); }
};

// What people are asked, as the file does not show it.
struct ReportQuestion {
  // The rule that it belongs to.
  std::string code;
  // A sentence to which they agree, or do not.
  std::string text;
  // The metric that would answer it; empty when nothing does.
  std::string metric;
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
  ReportAutomation automation;
  std::vector<ReportQuestion> questions;
  std::vector<ReportPath> paths;
  std::vector<ReportRoute> routes;
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

// What the share of automated security controls is of.
inline constexpr std::string_view meaning_of_automation =
    "Of the rules that ask for a security control, how many are enforced: a definition knows the tool, and "
    "nobody's word is needed. What somebody says not to apply is asked for all the same. It is no score: it "
    "says "
    "nothing of how good a control is.";

// How questions are answered.
inline constexpr std::string_view scale_of_answers =
    "1 strongly disagree, 2 disagree, 3 neither, 4 agree, 5 strongly agree";

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
// Whether a text is a report in one of these forms, of any version of pipec.
bool is_report(std::string_view text);

// Takes a page by its name, `checkout.html`; false ends the writing.
using WritePage = std::function<bool(const std::string& name, const std::string& html)>;
// A page for each pipeline, and `index.html`, which counts their grades and leads to them. False when a page
// was not taken.
bool write_pages(const Report& report, const WritePage& write);
// The names of these pages.
std::vector<std::string> page_names(const Report& report);

}  // namespace pipec::report
