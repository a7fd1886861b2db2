// What the compliance report says, in its order.
#include "compiler/report/compliance_document.h"

#include "compiler/support/markup.h"
#include "compiler/support/text.h"
#include "compiler/support/version.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::report {
namespace {

using rules::Grade;

constexpr const char* title = "Pipeline report";

Mark mark_of(Grade grade) {
  switch (grade) {
    case Grade::enforced:
      return Mark::good;
    case Grade::declared:
      return Mark::fair;
    case Grade::attested:
      return Mark::personal;
    case Grade::waived:
      return Mark::let_off;
    case Grade::not_applicable:
      return Mark::idle;
    case Grade::missing:
      return Mark::bad;
  }
  return Mark::none;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

class Maker {
 public:
  explicit Maker(const Report& report) : report_(report) {
    for (const ReportFile& file : report.files) {
      for (const ReportSource& source : file.sources)
        paths_[name_of(source.path)].insert(source.path);
    }
  }

  Document make();

 private:
  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  // `checkout.pipe:42`; with its folders where that is not clear.
  std::string at(const Region& region) const {
    const std::string name = name_of(region.file);
    const auto paths = paths_.find(name);
    const bool clear = paths != paths_.end() && paths->second.size() == 1;
    return fmt::format("{}:{}", clear ? name : region.file, region.begin.line);
  }

  Line line_of(const ReportEvidence& evidence, Grade grade) const {
    std::string text = evidence.what;
    if (evidence.grade != grade) text += fmt::format(", {}", to_string(evidence.grade));
    if (!evidence.because.empty()) text += ": " + evidence.because;
    return {std::move(text), at(evidence.at)};
  }

  Line line_of(const ReportExemption& exemption) const { return {in_words(exemption), at(exemption.at)}; }

  Verdict verdict_of(const ReportClause& clause) const {
    Verdict verdict{std::string(to_string(clause.grade)),
                    mark_of(clause.grade),
                    clause.code,
                    clause.authority,
                    clause.text,
                    {}};
    for (const ReportEvidence& evidence : clause.evidence)
      verdict.lines.push_back(line_of(evidence, clause.grade));
    if (!clause.missing.empty()) verdict.lines.push_back({clause.missing, at(clause.at)});
    if (clause.exemption) verdict.lines.push_back(line_of(*clause.exemption));
    if (verdict.lines.empty() && clause.grade == Grade::not_applicable)
      verdict.lines.push_back({"the file holds nothing that it is about", ""});
    return verdict;
  }

  Section clauses_of(const ReportPipeline& pipeline) const;
  Section open_clauses(const ReportPipeline& pipeline) const;
  Section unseen_of(const ReportPipeline& pipeline) const;
  Section pipeline_of(const ReportPipeline& pipeline) const;
  std::optional<Section> findings_of(const ReportFile& file) const;

  const Report& report_;
  // By the name of the file.
  std::map<std::string, std::set<std::string>> paths_;
};

Section Maker::clauses_of(const ReportPipeline& pipeline) const {
  Section section{fmt::format("What the profile `{}` asks for", pipeline.profile), "", {}, {}};
  for (const ReportStage& stage : pipeline.stages) {
    Verdicts verdicts{stage.title, {}};
    for (const ReportClause& clause : stage.clauses)
      verdicts.items.push_back(verdict_of(clause));
    section.sections.push_back({stage.title, quoted_list(stage.stages), {std::move(verdicts)}, {}});
  }
  return section;
}

// What is missing or let off comes first for a reader; it is listed again at its stage.
Section Maker::open_clauses(const ReportPipeline& pipeline) const {
  Section section{"What is missing or waived", "", {}, {}};
  Verdicts verdicts{section.title, {}};
  for (const Grade grade : {Grade::missing, Grade::waived}) {
    for (const ReportStage& stage : pipeline.stages) {
      for (const ReportClause& clause : stage.clauses) {
        if (clause.grade == grade) verdicts.items.push_back(verdict_of(clause));
      }
    }
  }
  if (verdicts.items.empty()) {
    section.blocks.push_back(Paragraph{"Nothing of what the profile asks for."});
  } else {
    section.blocks.push_back(std::move(verdicts));
  }
  return section;
}

Section grades_of(const ReportPipeline& pipeline) {
  Section section{"How well the rules are kept", "", {}, {}};
  Figures figures{"How many rules have which grade", {}};
  size_t all = 0;
  for (const Grade grade : all_grades) {
    const size_t count = pipeline.count(grade);
    all += count;
    figures.items.push_back(
        {std::string(to_string(grade)), count, mark_of(grade), std::string(meaning_of(grade))});
  }
  section.blocks.push_back(Paragraph{
      fmt::format("{} of {} ({}). The grades are counted, not added up: they are not worth the same.",
                  counted(all, "rule"), pipeline.origin, pipeline.profile_title)});
  section.blocks.push_back(std::move(figures));
  return section;
}

Section automation_of(const ReportPipeline& pipeline) {
  const ReportAutomation& automation = pipeline.automation;
  Section section{"Security control automation", "", {}, {}};
  if (automation.asked_for() == 0) {
    section.blocks.push_back(Paragraph{"The profile asks for no security control that applies."});
    return section;
  }
  section.blocks.push_back(Paragraph{fmt::format("{} of {} ({} %).", automation.automated.size(),
                                                 automation.asked_for(), automation.percent())});
  section.blocks.push_back(Paragraph{std::string(meaning_of_automation)});
  Bullets bullets;
  const auto add = [&](const std::vector<std::string>& codes, Mark mark, std::string word) {
    if (!codes.empty()) bullets.items.push_back({join(codes, ", "), {}, mark, std::move(word)});
  };
  add(automation.automated, Mark::good, "automated");
  add(automation.other, Mark::fair, "not automated");
  section.blocks.push_back(std::move(bullets));
  return section;
}

Section questions_of(const ReportPipeline& pipeline) {
  Section section{"What the file cannot answer", "", {}, {}};
  section.blocks.push_back(
      Paragraph{fmt::format("What the profile wants to be measured and nothing measures: for the people who "
                            "work with the pipeline. {}.",
                            scale_of_answers)});
  Questions questions{"Statements for those who work with the pipeline", {}};
  for (const ReportQuestion& question : pipeline.questions)
    questions.items.push_back({question.code, question.text});
  section.blocks.push_back(std::move(questions));
  return section;
}

Section paths_of(const ReportPipeline& pipeline) {
  Section section{"How long it takes", "", {}, {}};
  Table table{"Critical paths by route and target",
              {"route", "target", "typically", "at most", "people, at most"},
              {}};
  for (const ReportPath& path : pipeline.paths) {
    table.rows.push_back({path.route, path.target, to_string(path.typical), to_string(path.guaranteed),
                          path.human.seconds == 0 ? "none" : to_string(path.human)});
  }
  if (table.rows.empty()) {
    section.blocks.push_back(Paragraph{"The pipeline gives no settings for any target."});
    return section;
  }
  section.blocks.push_back(
      Paragraph{"The critical path of each route on the graph that the target really runs, with what the "
                "target itself takes. "
                "How long people may take is counted apart."});
  section.blocks.push_back(std::move(table));
  return section;
}

Section routes_of(const ReportPipeline& pipeline) {
  Section section{"Other routes", "", {}, {}};
  section.blocks.push_back(Paragraph{
      "The profile is judged on trunk. This is how the other routes, without the hotfix, differ from it."});
  Bullets bullets;
  Table table{
      "What trunk does and the other routes do otherwise", {"route", "gate", "trunk", "route", "why"}, {}};
  for (const ReportRoute& route : pipeline.routes) {
    Bullet bullet{code_span(route.name), {}, Mark::none, ""};
    if (!route.left_out.empty()) bullet.more.push_back("does not run " + quoted_list(route.left_out));
    if (!route.besides.empty()) bullet.more.push_back("runs besides " + quoted_list(route.besides));
    if (bullet.more.empty()) bullet.more.push_back("runs the stages of trunk");
    bullets.items.push_back(std::move(bullet));
    for (const rules::GateRow& row : route.changes)
      table.rows.push_back({route.name, row.gate, row.normal, row.hotfix, row.why});
  }
  section.blocks.push_back(std::move(bullets));
  if (!table.rows.empty()) section.blocks.push_back(std::move(table));
  return section;
}

Bullet bullet_of(const rules::Claim& claim) {
  const std::string word = !claim.applies ? "says nothing" : claim.holds ? "holds" : "does not hold";
  const Mark mark = !claim.applies ? Mark::idle : claim.holds ? Mark::good : Mark::bad;
  return {fmt::format("{} {}", claim.id, claim.title), claim.facts, mark, word};
}

Section list_of(std::string title, const std::vector<std::string>& texts) {
  Bullets bullets;
  for (const std::string& text : texts)
    bullets.items.push_back({text, {}, Mark::none, ""});
  return {std::move(title), "", {std::move(bullets)}, {}};
}

Section hotfix_of(const ReportPipeline& pipeline) {
  const rules::HotfixReport& hotfix = *pipeline.hotfix;
  Section section{"The hotfix", "", {}, {}};
  section.blocks.push_back(Paragraph{
      fmt::format("A hotfix deviates from {} by construction: it leaves out or loosens what trunk does. "
                  "This is what it changes, what it still guarantees, and what that rests on.",
                  pipeline.origin)});
  Table gates{"What runs normally and in the hotfix", {"gate", "normal", "hotfix", "why"}, {}};
  for (const rules::GateRow& row : hotfix.gates)
    gates.rows.push_back({row.gate, row.normal, row.hotfix, row.why});
  section.blocks.push_back(std::move(gates));
  Bullets proof;
  for (const rules::Claim& claim : hotfix.claims)
    proof.items.push_back(bullet_of(claim));
  section.sections.push_back({"Proof", "", {std::move(proof)}, {}});
  if (!hotfix.debt.empty()) section.sections.push_back(list_of("Runs in the backfill", hotfix.debt));
  if (!hotfix.accepted_risks.empty())
    section.sections.push_back(list_of("Accepted risks", hotfix.accepted_risks));
  Bullets assumptions;
  for (const auto& assumption : hotfix.assumptions) {
    assumptions.items.push_back({fmt::format("{}: {}", assumption.target, assumption.text),
                                 {fmt::format("set or checked by `{}`", assumption.by)},
                                 Mark::none,
                                 ""});
  }
  if (!assumptions.items.empty())
    section.sections.push_back({"Assumptions", "", {std::move(assumptions)}, {}});
  return section;
}

Section Maker::unseen_of(const ReportPipeline& pipeline) const {
  Section section{"What this report did not see", "", {}, {}};
  Bullets bullets;
  std::vector<Block> folded;
  for (const Unseen& one : unseen(pipeline)) {
    if (one.places.empty()) {
      bullets.items.push_back({one.what, {}, Mark::none, ""});
      continue;
    }
    Folded fold{fmt::format("{}: {}", one.what, counted(one.places.size(), "place")), {}};
    for (const ReportPlace& place : one.places)
      fold.items.push_back({place.what, at(place.at)});
    folded.push_back(std::move(fold));
  }
  section.blocks.push_back(std::move(bullets));
  section.blocks.insert(section.blocks.end(), folded.begin(), folded.end());
  return section;
}

Section Maker::pipeline_of(const ReportPipeline& pipeline) const {
  Section section{fmt::format("Pipeline `{}`", pipeline.name), pipeline.profile_title, {}, {}};
  std::string about = sentence(pipeline.description);
  if (!pipeline.owner.empty()) about += fmt::format(" Owned by `{}`.", pipeline.owner);
  if (!about.empty()) section.blocks.push_back(Paragraph{about});
  section.sections = {grades_of(pipeline), automation_of(pipeline), open_clauses(pipeline),
                      clauses_of(pipeline), paths_of(pipeline)};
  if (!pipeline.routes.empty()) section.sections.push_back(routes_of(pipeline));
  if (pipeline.hotfix) section.sections.push_back(hotfix_of(pipeline));
  if (!pipeline.questions.empty()) section.sections.push_back(questions_of(pipeline));
  section.sections.push_back(unseen_of(pipeline));
  return section;
}

// What is switched off beside the file, where nobody answers for it.
Section outside_waivers_of(const ReportFile& file) {
  Section section{"Waivers outside of " + code_span(file.judged.path), "", {}, {}};
  Bullets bullets;
  for (const OutsideWaiver& waiver : file.judged.outside_waivers) {
    const std::string what = waiver.unread.empty()
                                 ? fmt::format("leaves out findings by {}", counted(waiver.lines, "line"))
                                 : fmt::format("cannot be read: {}", waiver.unread);
    const std::string who = waiver.read_by.empty() ? "no element is known to read it"
                                                   : fmt::format("read by {}", quoted_list(waiver.read_by));
    bullets.items.push_back(
        {fmt::format("{} {}, {}", code_span(waiver.path), what, who), {}, Mark::let_off, "outside"});
  }
  section.blocks.push_back(
      Paragraph{"These files switch findings of programs off, without an owner, a reason or an end."});
  section.blocks.push_back(std::move(bullets));
  return section;
}

// What else was found in the file.
std::optional<Section> Maker::findings_of(const ReportFile& file) const {
  Section section{"Findings in " + code_span(file.judged.path), "", {}, {}};
  Bullets bullets;
  for (const Finding& finding : file.judged.findings) {
    // What a profile asks for is told at its stage.
    const bool told = !file.pipelines.empty() && !is_own(finding);
    if (told || finding.standing != Standing::counts || finding.severity == Severity::note) continue;
    const std::string where = finding.at ? at(*finding.at) : file.judged.path;
    bullets.items.push_back({fmt::format("{} ({}): {}", finding.code, where, finding.message),
                             {},
                             finding.severity == Severity::error ? Mark::bad : Mark::let_off,
                             std::string(to_string(finding.severity))});
  }
  if (file.pipelines.empty())
    section.blocks.push_back(Paragraph{"No pipeline of this file could be judged."});
  if (!bullets.items.empty()) section.blocks.push_back(std::move(bullets));
  if (!file.severities.empty()) {
    section.blocks.push_back(Paragraph{"The file itself says how severe findings are told:"});
    section.sections.push_back(list_of("Severities", file.severities));
  }
  if (section.blocks.empty()) return std::nullopt;
  return section;
}

Document Maker::make() {
  Document document;
  document.title = title;
  document.facts = {{"Commit", report_.commit.empty() ? "not given" : code_span(report_.commit)},
                    {"Judged by", fmt::format("{}, pipec {}", report_.day, version)}};
  for (const ReportFile& file : report_.files) {
    for (const ReportSource& source : file.sources)
      document.facts.emplace_back(code_span(source.path), fmt::format("SHA-256 `{}`", source.sha256));
    for (const ReportPipeline& pipeline : file.pipelines)
      document.sections.push_back(pipeline_of(pipeline));
    if (!file.judged.outside_waivers.empty()) document.sections.push_back(outside_waivers_of(file));
    if (auto findings = findings_of(file)) document.sections.push_back(std::move(*findings));
  }
  // What several files import is named once.
  auto& facts = document.facts;
  for (size_t i = 0; i < facts.size(); ++i)
    facts.erase(std::remove(facts.begin() + static_cast<std::ptrdiff_t>(i) + 1, facts.end(), facts[i]),
                facts.end());
  return document;
}

bool is_json_of_report(std::string_view text) {
  // The commit is told after what is looked for.
  constexpr size_t max_head = 200;
  const std::string_view head = text.substr(0, max_head);
  return head.starts_with('{') && head.find("\n  \"pipec\": \"") != std::string_view::npos &&
         head.find("\n  \"judged_on\": \"") != std::string_view::npos;
}

}  // namespace

bool is_report(std::string_view text) {
  Document head;
  head.title = title;
  return is_page_of_pipec(text) || is_json_of_report(text) || text.starts_with(print_markdown(head)) ||
         text.starts_with(print_text(head));
}

Document document_of(const Report& report) { return Maker(report).make(); }

std::string to_text(const Report& report) { return print_text(document_of(report)); }
std::string to_markdown(const Report& report) { return print_markdown(document_of(report)); }
std::string to_html(const Report& report) { return print_html(document_of(report)); }

}  // namespace pipec::report
