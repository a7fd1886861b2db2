// Shared by what judges a pipeline by its profile. Each rule becomes a clause; what is missing and not
// covered by an exemption is reported as well.
#pragma once

#include "compiler/rules/conformance.h"
#include "compiler/rules/rules.h"

#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pipec::rules {

using Capabilities = std::vector<const sema::Capability*>;

// The stages that play a role: of trunk, or of the workstation for a role outside of the pipeline. All stages
// of trunk without a role.
std::vector<const sema::Stage*> stages_of(const sema::Pipeline& pipeline, const sema::Role* role);

// "stage `build`", or the pipeline without a stage.
std::string place_of(const sema::Pipeline& pipeline, const sema::Stage* stage);

// The judgement; what is missing is reported to `sink`.
Conformance judge(const Context& context, DiagnosticSink& sink);

// How much of an element's promise can be seen.
Evidence evidence_of(const Context& context, const sema::Element& element);
// Of a source that is said to hold a kind of code.
Evidence evidence_of(const Context& context, const sema::Source& source, const sema::Contained& contained);

// Whether there may be nothing of the kind, as a pipeline says by `not_applicable`. What is forbidden breaks
// the rule by being there, and every pipeline can publish metrics.
bool may_not_apply(const sema::Requirement& requirement);

// What is wrong with a clause, which decides whether `not_applicable` may cover it.
enum class Fault : uint8_t {
  // Nothing of the kind is there: a person may say that there is no need for it.
  absent,
  // Something of the kind is there, and is not as it should be.
  flawed,
  // The pipeline itself does otherwise, whatever it holds.
  broken,
};

// Collects the clauses, and reports to `sink`.
class Judge {
 public:
  Judge(const Context& context, DiagnosticSink& sink) : context_(context), sink_(sink) {}

  const Context& context() const { return context_; }
  const sema::Pipeline& pipeline() const { return context_.pipeline; }
  const sema::Profile& profile() const { return *context_.pipeline.profile; }
  DiagnosticSink& sink() { return sink_; }

  void add(Clause clause) { result_.clauses.push_back(std::move(clause)); }
  // Adds a clause that `evidence` shows to be kept.
  void keep(Clause clause, std::vector<Evidence> evidence, Grade grade);

  // Grades a clause of which `missing` is missing. True when an exemption covers it, by the rule's code or by
  // `PLACE.CAPABILITY` where the place is the role or one of its stages; otherwise the caller reports it.
  // Reports an exemption that has ended, and `not_applicable` of what the file shows to be there.
  bool excuse(Clause& clause, std::string missing, const Capabilities& capabilities, Fault fault);

  // What a person attests for the rule; null when nobody does.
  const sema::Exemption* attestation(const sema::RuleText& rule) const;
  // Whether a waiver or an attestation lets something off today (exemptions.h). Reports why not, once.
  bool holds(const sema::Exemption& exemption, const sema::RuleText& rule);

  // Remembers that it is reported of the elements that none of them sets the property.
  void said_unset(const std::vector<const sema::Element*>& elements, const std::string& property);
  bool is_said_unset(const sema::Element* element, std::string_view property) const;

  // Remembers that it is told of what is at `head`, an element or a source, that it keeps nothing; false when
  // it was told before.
  bool tell(Span head);
  // Reports at the end what of the clause's evidence keeps nothing, the first of it, unless a check has told
  // it by then: its rule says more.
  void refute_later(const Clause& clause, const std::string& title);
  void refute();

  // Adds what every finding of a rule carries: its code, level and reason; `finish` adds the fix, too.
  static void rate(DiagnosticBuilder& report, const sema::RuleText& rule);
  static void finish(DiagnosticBuilder report, const sema::RuleText& rule);

  Conformance result() && { return std::move(result_); }

 private:
  // Those that name the clause, in the order of the file.
  std::vector<const sema::Exemption*> candidates(const Clause& clause, const Capabilities& capabilities,
                                                 Fault fault) const;
  // Of what is meant for one rule the first that holds, so that a renewal counts whatever stands before it;
  // else the first. Null when there is none. Reports nothing.
  const sema::Exemption* best_of(const std::vector<const sema::Exemption*>& candidates,
                                 const sema::RuleText& rule, Fault fault) const;
  bool is_contradicted(const Clause& clause, Fault fault);

  const Context& context_;
  DiagnosticSink& sink_;
  Conformance result_;
  // Waivers and attestations that were looked at, and whether they hold.
  std::unordered_map<const sema::Exemption*, bool> judged_;
  // `not_applicable` that was refused, and is told.
  std::set<const sema::Exemption*> refused_;
  std::set<std::pair<const sema::Element*, std::string>> unset_;
  std::set<std::pair<SourceId, uint32_t>> told_;
  struct Refuted {
    const sema::RuleText* rule = nullptr;
    Evidence evidence;
    std::string title;
  };
  std::vector<Refuted> refuted_;
};

// The worst grade of evidence that is needed as a whole, the best of evidence that does alone; `missing` when
// there is none.
Grade worst(std::span<const Evidence> evidence);
Grade best(std::span<const Evidence> evidence);

// What a role, or the pipeline as a whole, must hold and must not.
void judge_requirements(Judge& judge, const sema::Role& role);
void judge_requirements(Judge& judge);
// `role`: null for the pipeline as a whole.
void judge_orders(Judge& judge, const std::vector<sema::OrderRule>& orders, const sema::Role* role);
void judge_checks(Judge& judge, const std::vector<sema::CheckRule>& checks, const sema::Role* role);
void judge_budgets(Judge& judge, const std::vector<sema::BudgetRule>& budgets, const sema::Role* role);

}  // namespace pipec::rules
