#include "compiler/report/compliance.h"

#include "compiler/report/rules.h"
#include "compiler/rules/exemptions.h"
#include "compiler/rules/hotfix/gate_table.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::report {
namespace {

using rules::Grade;

// The stages of `route` that `other` does not have.
std::vector<std::string> stages_besides(const sema::Route& route, const sema::Route& other) {
  std::vector<std::string> names;
  for (const sema::Stage& stage : route.stages) {
    if (std::none_of(other.stages.begin(), other.stages.end(),
                     [&](const sema::Stage& one) { return one.name == stage.name; }))
      names.emplace_back(stage.name);
  }
  return names;
}

class Maker {
 public:
  Maker(const rules::Context& context, const SourceManager& sources)
      : context_(context), pipeline_(context.pipeline), sources_(sources) {}

  ReportPipeline make() {
    const sema::Profile& profile = *pipeline_.profile;
    made_.name = pipeline_.name;
    made_.description = pipeline_.description;
    if (pipeline_.owner != nullptr) made_.owner = pipeline_.owner->name;
    made_.profile = profile.name;
    made_.profile_title = profile.title;
    made_.origin = profile.origin;
    made_.reference = profile.reference;
    clauses();
    questions();
    paths();
    routes();
    if (pipeline_.find_route(sema::RouteKind::hotfix) != nullptr) {
      // What is wrong with it was found by the rules.
      DiagnosticSink reported_before;
      const rules::Context own{context_.model,  pipeline_,          context_.policy,
                               context_.graphs, context_.schedules, reported_before};
      made_.hotfix = rules::prove(own);
    }
    elements();
    for (const sema::ExternalArtifact& external : pipeline_.externals)
      made_.externals.push_back({fmt::format("`{}`", external.name), region(external.span)});
    return std::move(made_);
  }

 private:
  Region region(Span span) const { return region_of(sources_, span); }

  ReportStage& stage_of(const sema::Role* role) {
    const std::string name(role == nullptr ? "" : role->name);
    for (ReportStage& stage : made_.stages) {
      if (stage.role == name) return stage;
    }
    ReportStage& stage = made_.stages.emplace_back();
    stage.role = name;
    stage.title = role == nullptr ? "The pipeline as a whole" : role->title;
    if (role == nullptr) return stage;
    const auto& stages = role->in_pipeline ? pipeline_.trunk().stages : pipeline_.workstation;
    for (const sema::Stage& candidate : stages) {
      if (candidate.role == role) stage.stages.push_back(candidate.name);
    }
    return stage;
  }

  // The rules that stand for security controls: those that require one, and where none requires it, the
  // checks that name it. How a control that is required must be done is not counted a second time.
  std::set<const sema::RuleText*> controls() const {
    std::set<const sema::RuleText*> found;
    std::set<const sema::Capability*> required;
    for (const bool requirement : {true, false}) {
      for (const RuleEntry& entry : rules_) {
        if (entry.requirement != requirement || entry.rule->level == sema::Level::forbidden) continue;
        for (const sema::Capability* capability : entry.about) {
          if (!capability->security || (!requirement && required.contains(capability))) continue;
          found.insert(entry.rule);
          if (requirement) required.insert(capability);
        }
      }
    }
    return found;
  }

  // What a rule asks of people, and what its metrics do where the pipeline does not publish them.
  void questions() {
    // What a published metric answers is not asked, whoever asks it.
    std::set<std::string> asked;
    for (const sema::Capability* metric : pipeline_.metrics)
      asked.insert(metric->questions.begin(), metric->questions.end());
    const auto ask = [&](const std::string& code, const std::string& text, std::string_view metric) {
      if (asked.insert(text).second) made_.questions.push_back({code, text, std::string(metric)});
    };
    for (const RuleEntry& entry : rules_) {
      if (not_applicable_.contains(entry.rule)) continue;
      for (const std::string& question : entry.rule->questions)
        ask(entry.rule->code, question, "");
      for (const sema::Capability* capability : entry.about) {
        if (capability->kind != ast::CapabilityKind::metric) continue;
        for (const std::string& question : capability->questions)
          ask(entry.rule->code, question, capability->name);
      }
    }
  }

  void clauses() {
    const auto controls = this->controls();
    for (const rules::Clause& clause : rules::judge(context_).clauses) {
      const sema::RuleText& rule = *clause.rule;
      const bool nothing = clause.grade == Grade::not_applicable;
      if (nothing) not_applicable_.insert(&rule);
      // What a person says not to apply is asked for all the same.
      if (controls.contains(&rule) && (!nothing || clause.exemption != nullptr)) {
        const bool automated = clause.grade == Grade::enforced;
        (automated ? made_.automation.automated : made_.automation.other).push_back(rule.code);
      }
      ReportClause made{rule.code, rule.text, level_of(rule), authority_of(rule), clause.grade,
                        {},        {},        clause.missing, region(clause.at)};
      for (const rules::Evidence& evidence : clause.evidence)
        made.evidence.push_back({evidence.what, evidence.grade, evidence.because, region(evidence.at)});
      if (const sema::Exemption* exemption = clause.exemption) {
        const bool is_waiver = exemption->kind == ast::Exemption::Kind::waive;
        made.exemption = {std::string(to_string(exemption->kind)),
                          exemption->reason,
                          std::string(exemption->owner->name),
                          std::string(is_waiver ? exemption->approver()->name : ""),
                          rules::day_in_words(exemption->until),
                          region(exemption->head),
                          clause.grade != Grade::missing,
                          clause.grade == Grade::missing && rules::has_ended(context_, *exemption)};
      }
      stage_of(clause.role).clauses.push_back(std::move(made));
    }
  }

  void paths() {
    for (const sema::Route& route : pipeline_.routes) {
      if (route.kind == sema::RouteKind::backfill) continue;
      for (const sema::Target* target : sema::targets_of(context_.model, pipeline_)) {
        const sema::Schedule& schedule = context_.schedules.at({&route, target});
        made_.paths.push_back(
            {route.name, target->title, schedule.typical, schedule.guaranteed, schedule.human});
      }
    }
    for (const sema::Target* target : context_.model.targets) {
      if (!sema::left_out_for(context_.model, pipeline_, *target).empty())
        made_.left_out_targets.push_back(target->title);
    }
  }

  void routes() {
    const sema::Route& trunk = pipeline_.trunk();
    for (const sema::Route& route : pipeline_.routes) {
      if (route.kind != sema::RouteKind::other) continue;
      ReportRoute& made = made_.routes.emplace_back();
      made.name = route.name;
      made.left_out = stages_besides(trunk, route);
      made.besides = stages_besides(route, trunk);
      const std::set<std::string> left_out(made.left_out.begin(), made.left_out.end());
      for (const rules::GateRow& row : rules::gate_table(trunk, route)) {
        const bool in_both = !left_out.contains(row.gate.substr(0, row.gate.find('.')));
        if (in_both && row.hotfix != "yes") made.changes.push_back(row);
      }
    }
  }

  // Of trunk and of the workstation, each once.
  void elements() {
    for (const auto* stages : {&pipeline_.trunk().stages, &pipeline_.workstation}) {
      for (const sema::Stage& stage : *stages) {
        for (const auto& element : stage.elements) {
          if (element->definition == nullptr && element->property("run") != nullptr)
            made_.commands.push_back({fmt::format("`{}`", element->id), region(element->head)});
          for (const sema::Setting& hatch : element->escape_hatches)
            made_.escape_hatches.push_back({fmt::format("`{}`", element->id), region(hatch.span)});
        }
      }
    }
  }

  const rules::Context& context_;
  const sema::Pipeline& pipeline_;
  const SourceManager& sources_;
  std::vector<RuleEntry> rules_ = rules_of(*pipeline_.profile);
  std::set<const sema::RuleText*> not_applicable_;
  ReportPipeline made_;
};

}  // namespace

std::string_view meaning_of(Grade grade) {
  switch (grade) {
    case Grade::enforced:
      return "the compiler sees to it, or a definition of the standard library knows the tool";
    case Grade::declared:
      return "the author of the pipeline says so";
    case Grade::attested:
      return "a person vouches for what no file can show";
    case Grade::waived:
      return "let off until a day, with a reason and an owner";
    case Grade::not_applicable:
      return "there is nothing of the kind";
    case Grade::missing:
      return "not kept, and not let off";
  }
  return "";
}

size_t ReportPipeline::count(Grade grade) const {
  size_t count = 0;
  for (const ReportStage& stage : stages) {
    count +=
        static_cast<size_t>(std::count_if(stage.clauses.begin(), stage.clauses.end(),
                                          [&](const ReportClause& clause) { return clause.grade == grade; }));
  }
  return count;
}

ReportPipeline report_of(const rules::Context& context, const SourceManager& sources) {
  PIPEC_CHECK(context.pipeline.profile != nullptr);
  return Maker(context, sources).make();
}

std::vector<Finding> waived(const rules::Context& context, const SourceManager& sources) {
  std::vector<Finding> findings;
  for (const rules::Clause& clause : rules::judge(context).clauses) {
    if (clause.grade != Grade::waived) continue;
    const sema::Exemption& exemption = *clause.exemption;
    Finding finding;
    finding.code = clause.rule->code;
    finding.severity = severity_of(*clause.rule);
    finding.message = fmt::format("{}: {}", clause.rule->text, clause.missing);
    finding.at = region_of(sources, clause.at);
    finding.pipeline = context.pipeline.name;
    finding.place = exemption.place;
    finding.arguments = {clause.missing};
    finding.standing = Standing::waived;
    finding.because =
        fmt::format("{} ({}, approved by {}, until {})", exemption.reason, exemption.owner->name,
                    exemption.approver()->name, rules::day_in_words(exemption.until));
    finding.related.push_back({"waived here", region_of(sources, exemption.head)});
    findings.push_back(std::move(finding));
  }
  return findings;
}

namespace {

// The waivers that a report tells, each once.
std::vector<ReportPlace> waivers_of(const ReportPipeline& pipeline) {
  std::vector<ReportPlace> waivers;
  for (const ReportStage& stage : pipeline.stages) {
    for (const ReportClause& clause : stage.clauses) {
      if (!clause.exemption || clause.exemption->kind != "waive") continue;
      const Region& at = clause.exemption->at;
      const bool told = std::any_of(waivers.begin(), waivers.end(), [&](const ReportPlace& other) {
        return place_of(other.at) == place_of(at);
      });
      if (!told) waivers.push_back({fmt::format("approved by `{}`", clause.exemption->approver), at});
    }
  }
  return waivers;
}

}  // namespace

std::vector<Unseen> unseen(const ReportPipeline& pipeline) {
  std::vector<Unseen> all;
  if (auto waivers = waivers_of(pipeline); pipeline.owner.empty() && !waivers.empty())
    all.push_back({"Whether waivers are approved by others than those who own the pipeline: no group owns it",
                   std::move(waivers)});
  if (!pipeline.commands.empty())
    all.push_back(
        {"What commands do: they are run as they are written, and nobody reads them. These are the "
         "pipeline's own",
         pipeline.commands});
  if (!pipeline.escape_hatches.empty())
    all.push_back({"What the pipeline itself says of a target, past the definition that vouches for it",
                   pipeline.escape_hatches});
  if (!pipeline.externals.empty())
    all.push_back({"How artifacts were made that come from elsewhere", pipeline.externals});
  all.push_back(
      {"Runs. Whether a gate has ever failed, who approved, and what was deployed is in the platform's logs.",
       {}});
  all.push_back(
      {"The platforms as they are today: branch protection, reviewers, roles and permissions, secrets, "
       "quotas. "
       "What they must hold is listed where something rests on it.",
       {}});
  all.push_back(
      {"What runs: the files on the platform may be older than this one, or edited. `pipec check` compares "
       "them.",
       {}});
  all.push_back(
      {"Other repositories and pipelines, and people with access, that change the same environments.", {}});
  all.push_back(
      {"Whether reasons, owners and attestations are true. They are told as they are written.", {}});
  for (const std::string& target : pipeline.left_out_targets)
    all.push_back(
        {fmt::format("{}: the pipeline gives no settings for it, so nothing was judged for it.", target),
         {}});
  return all;
}

std::string in_words(const ReportExemption& exemption) {
  std::string who = exemption.kind == "waive"    ? "Waived"
                    : exemption.kind == "attest" ? "Attested"
                                                 : "Not applicable";
  if (!exemption.holds) {
    who.front() = static_cast<char>(who.front() - 'A' + 'a');
    who.insert(0, exemption.ended ? "Has ended: " : "Does not hold: ");
  }
  if (!exemption.until.empty()) who += " until " + exemption.until;
  who += fmt::format(" by `{}`", exemption.owner);
  if (!exemption.approver.empty()) who += fmt::format(", approved by `{}`", exemption.approver);
  return fmt::format("{}: {}", who, exemption.reason);
}

std::string place_of(const Region& region) { return fmt::format("{}:{}", region.file, region.begin.line); }

}  // namespace pipec::report
