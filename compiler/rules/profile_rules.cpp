// The pipeline implements its profile: what a clause misses is reported, and so is an exemption that covers
// nothing; it is left over and would hide the next finding.
#include "compiler/rules/profile_rules.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/exemptions.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Exemption;

// "required by DPRA", "follows from DPRA", "suggested by the profile `x`; DPRA gives no level".
std::string authority(const sema::RuleText& rule) {
  if (rule.suggested)
    return fmt::format("suggested by the profile `{}`; {} gives no level", rule.profile, rule.origin);
  if (rule.derived) return fmt::format("follows from {}", rule.origin);
  const std::string_view level = rule.level == sema::Level::required      ? "required"
                                 : rule.level == sema::Level::recommended ? "recommended"
                                                                          : "forbidden";
  return fmt::format("{} by {}", level, rule.origin);
}

// `P0411`, a finding of pipec itself.
bool is_own_code(std::string_view place) {
  return place.size() == 5 && place.front() == 'P' &&
         std::all_of(place.begin() + 1, place.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What an exemption may name: the codes of rules and, except for `attest`, `STAGE.CAPABILITY`.
std::set<std::string> places_of(const Context& context, const Conformance& conformance, bool attest) {
  std::set<std::string> places;
  for (const Clause& clause : conformance.clauses) {
    if (!clause.rule->code.empty()) places.insert(clause.rule->code);
  }
  if (attest) return places;
  for (const sema::Role& role : context.pipeline.profile->roles) {
    std::vector<std::string> owners{std::string(role.name)};
    for (const sema::Stage* stage : stages_of(context.pipeline, &role))
      owners.push_back(stage->name);
    for (const sema::Requirement& requirement : role.requirements) {
      for (const sema::Capability* capability : requirement.alternatives) {
        for (const std::string& owner : owners)
          places.insert(fmt::format("{}.{}", owner, capability->name));
      }
    }
  }
  return places;
}

void report_unused(const Context& context, const Conformance& conformance, const Exemption& exemption) {
  const bool attest = exemption.kind == ast::Exemption::Kind::attest;
  auto report =
      context.sink.report(diag::exemption_unused, exemption.head, to_string(exemption.kind), exemption.place);
  if (is_own_code(exemption.place)) {
    report.note(
        "`P` and four digits are pipec's own findings, which nobody waives: mend what the finding says");
    return;
  }
  if (has_ended(context, exemption)) {
    report.note(fmt::format("it ended on {}", day_in_words(exemption.until)));
  } else {
    report.note(attest
                    ? "it names the code of a rule"
                    : "it names `STAGE.CAPABILITY` or the code of a rule, and silences only a finding that "
                      "would be there");
  }
  const std::set<std::string> places = places_of(context, conformance, attest);
  if (places.contains(exemption.place)) return;
  const std::vector<std::string_view> known(places.begin(), places.end());
  if (const auto likely = nearest(exemption.place, known)) {
    const Span head = exemption.head;
    report.replace({head.source, head.end - static_cast<uint32_t>(exemption.place.size()), head.end},
                   std::string(*likely));
  }
}

}  // namespace

std::vector<const sema::Stage*> stages_of(const sema::Pipeline& pipeline, const sema::Role* role) {
  std::vector<const sema::Stage*> found;
  const bool in_pipeline = role == nullptr || role->in_pipeline;
  for (const sema::Stage& stage : in_pipeline ? pipeline.trunk().stages : pipeline.workstation) {
    if (role == nullptr || stage.role == role) found.push_back(&stage);
  }
  return found;
}

std::string place_of(const sema::Pipeline& pipeline, const sema::Stage* stage) {
  return stage == nullptr ? fmt::format("pipeline `{}`", pipeline.name)
                          : fmt::format("stage `{}`", stage->name);
}

void Judge::keep(Clause clause, std::vector<Evidence> evidence, Grade grade) {
  clause.evidence = std::move(evidence);
  clause.grade = grade;
  add(std::move(clause));
}

std::vector<const Exemption*> Judge::candidates(const Clause& clause, const Capabilities& capabilities,
                                                Fault fault) const {
  std::vector<std::string> places;
  if (clause.role != nullptr) {
    places.emplace_back(clause.role->name);
    for (const sema::Stage* stage : stages_of(pipeline(), clause.role))
      places.push_back(stage->name);
  }
  const auto names_capability = [&](const Exemption& exemption) {
    // That there is no need for a kind of work says nothing of how the pipeline behaves.
    if (exemption.kind == ast::Exemption::Kind::not_applicable && fault == Fault::broken) return false;
    return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
      return std::any_of(capabilities.begin(), capabilities.end(), [&](const sema::Capability* capability) {
        return exemption.place == fmt::format("{}.{}", place, capability->name);
      });
    });
  };
  std::vector<const Exemption*> found;
  for (const Exemption& exemption : pipeline().exemptions) {
    if (exemption.kind == ast::Exemption::Kind::attest) continue;
    if (exemption.place == clause.rule->code || names_capability(exemption)) found.push_back(&exemption);
  }
  return found;
}

const Exemption* Judge::best_of(const std::vector<const Exemption*>& candidates, const sema::RuleText& rule,
                                Fault fault) const {
  // Alone it is told why it does not hold.
  if (candidates.size() < 2) return candidates.empty() ? nullptr : candidates.front();
  DiagnosticSink not_chosen_yet;
  const auto holding = std::find_if(candidates.begin(), candidates.end(), [&](const Exemption* candidate) {
    if (candidate->kind == ast::Exemption::Kind::not_applicable) return fault == Fault::absent;
    return rules::holds(context_, *candidate, rule, not_chosen_yet);
  });
  return holding == candidates.end() ? candidates.front() : *holding;
}

const Exemption* Judge::attestation(const sema::RuleText& rule) const {
  std::vector<const Exemption*> words;
  for (const Exemption& exemption : pipeline().exemptions) {
    if (exemption.kind == ast::Exemption::Kind::attest && exemption.place == rule.code)
      words.push_back(&exemption);
  }
  return best_of(words, rule, Fault::broken);
}

bool Judge::is_contradicted(const Clause& clause, Fault fault) {
  const Exemption& exemption = *clause.exemption;
  if (fault != Fault::absent) {
    if (refused_.insert(&exemption).second)
      sink_.report(diag::not_applicable_contradicted, exemption.head, exemption.place, clause.missing)
          .label(clause.at, fault == Fault::flawed ? "it is here" : "the rule is judged here");
    return true;
  }
  for (const sema::Source& source : pipeline().sources) {
    for (const sema::Contained& contained : source.contains) {
      if (contained.kind != clause.rule->contradicted_by) continue;
      if (refused_.insert(&exemption).second)
        sink_
            .report(diag::not_applicable_contradicted, exemption.head, exemption.place,
                    fmt::format("a source holds the {}", contained.kind->title))
            .label(source.head, fmt::format("contains `{}`", contained.kind->name));
      return true;
    }
  }
  return false;
}

bool Judge::holds(const Exemption& exemption, const sema::RuleText& rule) {
  const auto judged = judged_.find(&exemption);
  if (judged != judged_.end()) return judged->second;
  const bool result = rules::holds(context_, exemption, rule, sink_);
  judged_.emplace(&exemption, result);
  return result;
}

bool Judge::excuse(Clause& clause, std::string missing, const Capabilities& capabilities, Fault fault) {
  clause.grade = Grade::missing;
  clause.missing = std::move(missing);
  clause.exemption = best_of(candidates(clause, capabilities, fault), *clause.rule, fault);
  if (clause.exemption == nullptr) return false;
  if (clause.exemption->kind == ast::Exemption::Kind::not_applicable) {
    if (!is_contradicted(clause, fault)) clause.grade = Grade::not_applicable;
  } else if (holds(*clause.exemption, *clause.rule)) {
    clause.grade = Grade::waived;
  }
  return true;
}

void Judge::said_unset(const std::vector<const sema::Element*>& elements, const std::string& property) {
  for (const sema::Element* element : elements)
    unset_.emplace(element, property);
}

bool Judge::is_said_unset(const sema::Element* element, std::string_view property) const {
  return unset_.contains({element, std::string(property)});
}

bool Judge::tell(Span head) { return told_.emplace(head.source, head.begin).second; }

void Judge::refute_later(const Clause& clause, const std::string& title) {
  const auto first = std::find_if(clause.evidence.begin(), clause.evidence.end(),
                                  [](const Evidence& one) { return one.grade == Grade::missing; });
  if (first != clause.evidence.end()) refuted_.push_back({clause.rule, *first, title});
}

void Judge::refute() {
  for (const Refuted& one : refuted_) {
    if (!tell(one.evidence.at)) continue;
    auto report = sink_.report(diag::requirement_refuted, one.evidence.at, one.evidence.what, one.title,
                               one.evidence.because);
    rate(report, *one.rule);
  }
}

void Judge::rate(DiagnosticBuilder& report, const sema::RuleText& rule) {
  if (!rule.code.empty()) report.code(rule.code);
  if (rule.level == sema::Level::recommended || rule.suggested) report.severity(Severity::warning);
  std::string note = authority(rule);
  if (!rule.why.empty()) note += ": " + rule.why;
  report.note(std::move(note));
}

void Judge::finish(DiagnosticBuilder report, const sema::RuleText& rule) {
  rate(report, rule);
  if (!rule.fix.empty()) report.fix(rule.fix, {});
}

void profile_rules(const Context& context) {
  if (context.pipeline.profile == nullptr) return;
  std::unordered_set<const sema::Exemption*> used;
  std::unordered_set<std::string_view> codes;
  std::unordered_set<std::string_view> attested;
  const Conformance conformance = judge(context, context.sink);
  for (const Clause& clause : conformance.clauses) {
    used.insert(clause.exemption);
    codes.insert(clause.rule->code);
    if (clause.exemption != nullptr && clause.exemption->kind == ast::Exemption::Kind::attest)
      attested.insert(clause.rule->code);
  }
  // Without values not every rule is judged.
  if (!context.model.values_known) return;
  for (const sema::Exemption& exemption : context.pipeline.exemptions) {
    if (used.contains(&exemption)) continue;
    const bool attest = exemption.kind == ast::Exemption::Kind::attest;
    if (attest && codes.contains(exemption.place) && !attested.contains(exemption.place)) {
      context.sink.report(diag::attested_without_need, exemption.head, exemption.place);
      continue;
    }
    report_unused(context, conformance, exemption);
  }
}

}  // namespace pipec::rules
