#include "compiler/rules/hotfix/proof.h"

#include "compiler/diag/kinds/routes.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/hotfix/approvers.h"
#include "compiler/rules/hotfix/debt.h"
#include "compiler/rules/hotfix/final_gates.h"
#include "compiler/rules/hotfix/gate_table.h"
#include "compiler/rules/production_routes.h"
#include "compiler/rules/time_budgets.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/branches.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Change;
using sema::Element;
using sema::Route;
using sema::Stage;

class Prover {
 public:
  explicit Prover(const Context& context)
      : context_(context),
        pipeline_(context.pipeline),
        sink_(context.sink),
        trunk_(pipeline_.trunk()),
        hotfix_(*pipeline_.find_route(sema::RouteKind::hotfix)) {}

  HotfixReport run() {
    report_.gates = gate_table(trunk_, hotfix_);
    times();
    final_gates();
    debt();
    time();
    approval();
    one_build();
    once();
    way_back();
    at_run_time();
    mark_what_applies();
    for (const sema::Target* target : sema::targets_of(context_.model, pipeline_)) {
      for (const auto& [text, by] : target->assumptions)
        report_.assumptions.push_back({target->title, text, by});
    }
    neighbours();
    return std::move(report_);
  }

 private:
  // H6 and H9 speak of environments; a route may go to the same place under another name.
  void neighbours() {
    for (const Route& route : pipeline_.routes) {
      if (route.kind != sema::RouteKind::other) continue;
      for (const Neighbour& neighbour : neighbours_of_production(pipeline_, route)) {
        report_.assumptions.push_back(
            {"every target",
             fmt::format(
                 "what the route `{}` does in `{}` leaves `{}` alone, whose account and region it shares",
                 route.name, neighbour.stage->environment->name, neighbour.production->name),
             "review"});
      }
    }
  }

  // Runs `check`. The claim holds unless that says otherwise or reports an error.
  template <class Check>
  void claim(std::string id, std::string title, Check&& check) {
    Claim claim{std::move(id), std::move(title), true, {}, true};
    const size_t before = sink_.error_count();
    check(claim);
    claim.holds = claim.holds && sink_.error_count() == before;
    report_.claims.push_back(std::move(claim));
  }

  // Whatever may change production: deployments, and actions that run there.
  template <class Visit>
  void for_each_production_change(Visit&& visit) {
    for (size_t s = 0; s < hotfix_.stages.size(); ++s) {
      const Stage& stage = hotfix_.stages[s];
      for (size_t e = 0; e < stage.elements.size(); ++e) {
        if (stage.elements[e]->may_change() && reaches_production(stage))
          visit(stage, *stage.elements[e], Route::Position{s, e});
      }
    }
  }

  template <class Visit>
  void for_each_production_deployment(Visit&& visit) {
    for_each_production_change([&](const Stage& stage, const Element& element, Route::Position at) {
      if (element.kind == ast::ElementKind::deploy) visit(stage, element, at);
    });
  }

  // Production itself, or another name for the same place.
  bool reaches_production(const Stage& stage) const {
    if (stage.production()) return true;
    return stage.environment != nullptr &&
           std::any_of(pipeline_.environments.begin(), pipeline_.environments.end(), [&](const auto& other) {
             return other->production && is_same_place(*other, *stage.environment);
           });
  }

  void times() {
    for (const sema::Target* target : sema::targets_of(context_.model, pipeline_)) {
      const sema::Schedule& normal = context_.schedules.at({&trunk_, target});
      const sema::Schedule& fast = context_.schedules.at({&hotfix_, target});
      report_.times.push_back(
          {target->title, normal.typical, normal.guaranteed, fast.typical, fast.guaranteed, fast.human});
    }
  }

  void final_gates() {
    claim("H1", "every final gate of trunk still guards the deployments", [&](Claim& claim) {
      // What trunk itself has lost would not be missed here.
      check_declared_gates(context_, trunk_);
      ReportedGates reported;
      const auto guarded = check_final_gates(context_, trunk_, hotfix_, {.unknown_owes_all = true}, reported);
      for (const auto& [gate, deployments] : guarded) {
        claim.facts.push_back(fmt::format("`{}` guards {}", gate, quoted_list(deployments)));
      }
      if (guarded.empty())
        claim.facts.emplace_back("trunk has no final gate before a deployment of the hotfix");
    });
  }

  void debt() {
    claim("H2", "what is left out or loosened has a reason and runs afterwards", [&](Claim& claim) {
      Debt debt = check_debt(sink_, trunk_, hotfix_);
      report_.accepted_risks = std::move(debt.accepted_risks);
      if (!debt.owed.empty() && !pipeline_.hotfix->backfill) {
        const auto& [element, span] = *debt.owed.begin();
        sink_.report(diag::hotfix_without_backfill, hotfix_.head, element)
            .label(span, "left out or loosened here");
      }
      for (const auto& [element, span] : debt.owed)
        report_.debt.push_back(element);
      if (pipeline_.hotfix->backfill) {
        claim.facts.push_back(fmt::format(
            "the backfill runs {} of trunk within {}, for {}", counted(debt.owed.size(), "element"),
            to_string(pipeline_.hotfix->backfill->within), quoted_list(pipeline_.hotfix->backfill->into)));
      }
      for (const std::string& risk : report_.accepted_risks)
        claim.facts.push_back("accepted risk: " + risk);
    });
  }

  void time() {
    claim("H3", "the hotfix fits its budget", [&](Claim& claim) {
      if (!hotfix_.budget) {
        sink_.report(diag::hotfix_without_budget, hotfix_.head)
            .note("`budget = typical(15m)` limits what it usually takes, `guaranteed(1h)` what it may take");
        return;
      }
      if (hotfix_.budget->is_error() || !check_route_budget(context_, hotfix_, "the hotfix")) return;
      for (const PathTimes& times : report_.times) {
        claim.facts.push_back(fmt::format("on {} typically {}, at most {}, of {}", times.target,
                                          to_string(times.hotfix_typical), to_string(times.hotfix_guaranteed),
                                          spell(*hotfix_.budget)));
      }
    });
  }

  void approval() {
    claim("H4", "a person agrees before production, and somebody can", [&](Claim& claim) {
      for_each_production_change([&](const Stage& stage, const Element& deployment, Route::Position at) {
        const auto approvals = approvals_before(hotfix_, at);
        if (approvals.empty() && stage.production() && stage.asks()) {
          // `approvals` reports that it comes too late.
          claim.holds = false;
        } else if (approvals.empty()) {
          auto report = sink_.report(diag::hotfix_without_approval, deployment.head, deployment.id);
          for (const Change& change : hotfix_.changes) {
            const auto before = trunk_.find(change.element);
            const bool removed = before && trunk_.at(*before).kind == ast::ElementKind::approval &&
                                 !hotfix_.find(change.element);
            if (removed) report.label(change.span, fmt::format("`{}` is left out here", change.element));
          }
        }
        for (const Element* approval : approvals) {
          if (approval->approvers == nullptr)
            sink_.report(diag::nobody_approves, approval->head, approval->name, "no group is named");
        }
        if (const Element* approval =
                approved_as_in_trunk(context_, hotfix_, approvals, deployment, stage.environment)) {
          claim.facts.push_back(fmt::format("`{}` is given by `{}` before `{}`", approval->id,
                                            approval->approvers->name, deployment.id));
        }
      });
    });
  }

  void one_build() {
    claim("H5", "what is deployed was built in this run, from the hotfix commit", [&](Claim& claim) {
      for_each_production_deployment([&](const Stage&, const Element& deployment, Route::Position at) {
        for (const sema::ArtifactUse& use : deployment.consumes) {
          for (const sema::ExternalArtifact& external : pipeline_.externals) {
            if (external.name != use.artifact) continue;
            sink_.report(diag::hotfix_deploys_external, use.span, deployment.id, use.artifact)
                .label(external.span, "made outside of the pipeline");
          }
          for (size_t s = 0; s < hotfix_.stages.size(); ++s) {
            for (size_t e = 0; e < hotfix_.stages[s].elements.size(); ++e) {
              const Element& maker = *hotfix_.stages[s].elements[e];
              for (const auto& output : maker.produces) {
                if (output.first != use.artifact || !hotfix_.precedes({s, e}, at)) continue;
                claim.facts.push_back(
                    fmt::format("`{}` deploys `{}`, made by `{}`", deployment.id, use.artifact, maker.id));
              }
            }
          }
          const bool left_out =
              std::none_of(hotfix_.stages.begin(), hotfix_.stages.end(), [&](const Stage& stage) {
                return std::any_of(stage.elements.begin(), stage.elements.end(), [&](const auto& element) {
                  return std::any_of(element->produces.begin(), element->produces.end(),
                                     [&](const auto& output) { return output.first == use.artifact; });
                });
              });
          const bool external = std::any_of(pipeline_.externals.begin(), pipeline_.externals.end(),
                                            [&](const auto& e) { return e.name == use.artifact; });
          if (left_out && !external)
            sink_.report(diag::hotfix_builds_nothing, use.span, deployment.id, use.artifact);
        }
      });
    });
  }

  void once() {
    claim("H6", "a branch deploys to an environment once", [&](Claim& claim) {
      check_branches();
      std::map<const sema::Environment*, const Stage*> stages;
      std::map<const Stage*, std::vector<std::string>> first_changes;
      for_each_production_change([&](const Stage& stage, const Element& deployment, Route::Position at) {
        if (stage.environment == nullptr) {
          claim.facts.push_back(
              fmt::format("`{}` runs in no environment, so it takes no claim", deployment.id));
          return;
        }
        const auto [first, added] = stages.emplace(stage.environment, &stage);
        if (!added && first->second != &stage) {
          sink_.report(diag::hotfix_deploys_twice, deployment.head, stage.environment->name)
              .label(first->second->head, "deploys to it too");
          return;
        }
        // Guards and claims belong to a name: nothing else that the hotfix changes may be the same place, and
        // what is no production by its name must not be production by its place.
        for (const auto& environment : pipeline_.environments) {
          const bool hidden = environment->production && !stage.environment->production;
          const bool twice =
              stages.contains(environment.get()) && environment->production == stage.environment->production;
          if (!added || !(hidden || twice) || !is_same_place(*environment, *stage.environment)) continue;
          sink_
              .report(diag::one_place_two_environments, stage.environment->head, stage.environment->name,
                      environment->name)
              .label(environment->head, "the same account and a shared region");
        }
        if (deployment.always) {
          claim.facts.push_back(fmt::format("`{}` cleans up `{}` whatever happened, and takes no claim",
                                            deployment.id, stage.environment->name));
        } else if (is_first_change(stage, at.element)) {
          first_changes[&stage].push_back(deployment.id);
        }
      });
      for (const Stage& stage : hotfix_.stages) {
        const auto first = first_changes.find(&stage);
        if (first == first_changes.end()) continue;
        claim.facts.push_back(fmt::format("the claim on `{}` is taken after the approval, directly before {}",
                                          stage.environment->name, quoted_list(first->second, "or")));
      }
    });
  }

  // No other change of the stage always ends before it.
  static bool is_first_change(const Stage& stage, size_t element) {
    const std::vector<bool> before = stage.order.all_before(element);
    for (size_t other = 0; other < stage.elements.size(); ++other) {
      if (before[other] && stage.elements[other]->may_change()) return false;
    }
    return true;
  }

  // A branch's name carries the incident and can be told from every other branch.
  void check_branches() {
    const sema::HotfixPolicy& policy = *pipeline_.hotfix;
    if (policy.branches.empty()) return;
    const Span at = policy.branches_span;
    const bool named = policy.branches.find(incident_placeholder) != std::string::npos;
    if (named != !policy.incident.empty()) {
      sink_.report(diag::incident_pattern, at,
                   named ? "`incident` has no pattern" : "`branches` has no `{incident}`");
    }
    const std::string fixed(fixed_prefix(policy.branches));
    if (fixed.empty() || fixed.find('/') == std::string::npos) {
      sink_.report(diag::hotfix_branch_prefix, at, policy.branches);
    }
    for (const sema::Route& route : pipeline_.routes) {
      if (route.kind == sema::RouteKind::hotfix) continue;
      for (const std::string& branch : route.trigger.branches) {
        if (!fixed.empty() && globs_overlap(branch, fixed + "**")) {
          sink_.report(diag::hotfix_branch_overlaps, at, branch, route.name)
              .label(route.head, "started by that branch");
        }
      }
    }
  }

  void report_without_rollback(const Element& deployment) {
    auto report =
        sink_.report(diag::hotfix_without_rollback, deployment.property_span("rollback"), deployment.id);
    const auto setting = deployment.settings.find("rollback");
    const bool own = setting != deployment.settings.end() && !setting->second.back().by_definition;
    if (own) report.replace(deployment.property_span("rollback"), "rollback = on_failure");
    if (!own) report.fix("add `rollback = on_failure` to its body", {});
    report.note("where it cannot be taken back, `rollback = none(because = \"…\")` says why");
  }

  void way_back() {
    claim("H7", "every production deployment can be taken back", [&](Claim& claim) {
      for_each_production_deployment([&](const Stage&, const Element& deployment, Route::Position) {
        const sema::Value* rollback = deployment.property("rollback");
        const sema::Value* reason = rollback == nullptr ? nullptr : rollback->find("because");
        const bool excused =
            reason != nullptr && reason->text().find_first_not_of(" \t\n") != std::string::npos;
        if (rollback == nullptr || (rollback->text() == "none" && !excused)) {
          report_without_rollback(deployment);
          return;
        }
        claim.facts.push_back(fmt::format("`{}`: {}", deployment.id, spell(*rollback)));
      });
    });
  }

  void at_run_time() {
    report_.claims.push_back(
        {"H8",
         "it starts from what runs",
         true,
         {"the guard refuses a commit that does not descend from the live one, that differs in "
          "nothing, or that brings other commits of trunk"}});
    report_.claims.push_back(
        {"H9",
         "it is not undone",
         true,
         {"until the hotfix is merged back no run of any route deploys a commit without it; "
          "checked before approval is asked and again directly before deployment"}});
    report_.claims.push_back(
        {"H10",
         "the controls are not the author's",
         true,
         {"gates come from the protected branch; a change of the pipeline on the hotfix branch is "
          "refused; what the gates run is still the branch's code"}});
  }

  // Claims about production say nothing about a hotfix that does not reach it.
  void mark_what_applies() {
    bool production = false;
    for_each_production_change([&](const Stage&, const Element&, Route::Position) { production = true; });
    if (production) return;
    for (Claim& claim : report_.claims) {
      if (claim.id == "H2" || claim.id == "H3" || !claim.holds) continue;
      claim.applies = false;
      claim.facts = {"nothing of the hotfix reaches production"};
    }
  }

  const Context& context_;
  const sema::Pipeline& pipeline_;
  DiagnosticSink& sink_;
  const Route& trunk_;
  const Route& hotfix_;
  HotfixReport report_;
};

}  // namespace

HotfixReport prove(const Context& context) { return Prover(context).run(); }

void hotfix_proof(const Context& context) {
  if (context.pipeline.find_route(sema::RouteKind::hotfix) == nullptr) return;
  prove(context);
}

}  // namespace pipec::rules
