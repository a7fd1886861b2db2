#include "compiler/rules/hotfix/final_gates.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/changes.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Environment;
using sema::Route;

bool uses(const Element& element, std::string_view artifact) {
  return std::any_of(element.consumes.begin(), element.consumes.end(),
                     [&](const sema::ArtifactUse& use) { return use.artifact == artifact; });
}

// Environments of a base are other objects than those of its heirs.
bool same_place(const Environment* one, const Environment& other) {
  return one != nullptr && one->name == other.name;
}

// In a base: what the gate runs is left to the heirs.
bool leaves_work_open(const Element& element) {
  return element.property("run") == nullptr && element.lowerings.empty();
}

bool is_strictness(std::string_view property) {
  return property == "fail_on" || property == "floor" || property == "final" ||
         property == "continue_on_failure";
}

class FinalGates {
 public:
  FinalGates(const Context& context, const Route& origin, const Route& route, bool unknown_owes_all)
      : context_(context), origin_(origin), route_(route), unknown_owes_all_(unknown_owes_all) {
    for_each(origin_, [&](Route::Position at, const Element& element) {
      in_origin_.emplace(element.id, at);
      made_by_origin_.insert(element.produces.begin(), element.produces.end());
      if (element.kind == ast::ElementKind::gate && element.final) gates_.push_back(at);
      for (const sema::ArtifactUse& use : element.consumes) {
        if (element.kind == ast::ElementKind::deploy) deployed_.insert(use.artifact);
      }
    });
    for_each(route_, [&](Route::Position at, const Element& element) { in_route_.emplace(element.id, at); });
    collect_types();
  }

  std::map<std::string, std::vector<std::string>> run() {
    size_t pairs = 0;
    for_each(route_, [&](Route::Position at, const Element& element) {
      const bool in_environment = route_.stages[at.stage].environment != nullptr;
      if (element.kind != ast::ElementKind::deploy && !(in_environment && element.may_change())) return;
      if (sema::exceeds(pairs, gates_.size(), max_pairs)) {
        context_.sink.report(diag::routes_too_large, route_.head, static_cast<int>(max_pairs),
                             "pairs of a final gate and what it guards");
      }
      if (pairs <= max_pairs) deployment(at, element);
    });
    for (const auto& [gate, deployments] : missing_)
      report_missing(origin_.at(gates_[gate]), deployments);
    return std::move(guarded_);
  }

  void stay() {
    for (const Route::Position gate : gates_) {
      const Element& original = origin_.at(gate);
      const auto now = find(in_route_, original.id);
      if (now) {
        unchanged(original, route_.at(*now));
      } else {
        report_missing(original, {});
      }
    }
  }

 private:
  // Each is judged.
  static constexpr size_t max_pairs = 1'000'000;

  // What always ends before an element starts, in one route, and keeps it from starting when it fails. What
  // stands in `always` runs after a failure of its own stage.
  class Before {
   public:
    Before(const Route& route, Route::Position at)
        : stage_(at.stage),
          always_(route.at(at).always),
          in_stage_(route.stages[at.stage].order.all_before(at.element)) {}
    bool has(Route::Position other) const {
      return other.stage != stage_ ? other.stage < stage_ : !always_ && in_stage_[other.element];
    }

   private:
    size_t stage_;
    bool always_;
    std::vector<bool> in_stage_;
  };

  static std::optional<Route::Position> find(const std::map<std::string, Route::Position>& where,
                                             const std::string& id) {
    const auto found = where.find(id);
    return found == where.end() ? std::nullopt : std::optional(found->second);
  }

  // The route's own artifacts win over those of the origin, these over what comes from outside.
  void collect_types() {
    for (const Route* route : {&route_, &origin_}) {
      for_each(*route, [&](Route::Position, const Element& element) {
        for (const auto& [name, type] : element.produces)
          types_.emplace(name, type);
      });
    }
    for (const sema::ExternalArtifact& external : context_.pipeline.externals)
      types_.emplace(external.name, external.type);
  }

  template <class Visit>
  static void for_each(const Route& route, Visit&& visit) {
    for (size_t s = 0; s < route.stages.size(); ++s) {
      for (size_t e = 0; e < route.stages[s].elements.size(); ++e)
        visit(Route::Position{s, e}, *route.stages[s].elements[e]);
    }
  }

  std::vector<Route::Position> original_deployments(const Environment* environment) const {
    std::vector<Route::Position> found;
    for_each(origin_, [&](Route::Position at, const Element& element) {
      const bool there =
          environment != nullptr && same_place(origin_.stages[at.stage].environment, *environment);
      if (there && element.kind == ast::ElementKind::deploy) found.push_back(at);
    });
    return found;
  }

  void deployment(Route::Position at, const Element& deployment) {
    const auto originals = original_deployments(route_.stages[at.stage].environment);
    std::vector<Before> before_originals;
    for (const Route::Position original : originals)
      before_originals.emplace_back(origin_, original);
    const auto origin = find(in_origin_, deployment.id);
    // An action of the origin owes what it owed there.
    const bool known_action = deployment.kind == ast::ElementKind::action && origin;
    std::optional<Before> before_action;
    if (known_action) before_action.emplace(origin_, *origin);
    const Before before_now(route_, at);
    for (size_t i = 0; i < gates_.size(); ++i) {
      const Route::Position gate = gates_[i];
      const bool owed = known_action ? before_action->has(gate)
                                     : std::any_of(before_originals.begin(), before_originals.end(),
                                                   [&](const Before& before) { return before.has(gate); }) ||
                                           (originals.empty() && unknown_owes_all_);
      if (!owed) continue;
      const Element& original = origin_.at(gate);
      const auto now = find(in_route_, original.id);
      if (!now) {
        missing_[i].push_back(&deployment);
      } else if (holds(i, *now, before_now.has(*now), deployment, originals)) {
        guarded_[original.id].push_back(deployment.id);
      }
    }
  }

  bool holds(size_t gate, Route::Position now, bool precedes, const Element& deployment,
             const std::vector<Route::Position>& originals) {
    const Element& original = origin_.at(gates_[gate]);
    const Element& current = route_.at(now);
    const auto [same, first] = unchanged_.try_emplace(gate, true);
    if (first) same->second = unchanged(original, current);
    if (!same->second) return false;
    if (!precedes) {
      auto report =
          context_.sink.report(diag::final_gate_not_before, deployment.head, current.id, deployment.id)
              .label(current.head, "the final gate");
      if (deployment.always)
        report.note("what stands in `always` runs although a gate of its stage has failed");
    }
    return examined(original, current, deployment, originals) && precedes;
  }

  // `deployments`: those that it does not guard; none on the workstation.
  void report_missing(const Element& original, const std::vector<const Element*>& deployments) {
    const Span elsewhere = deployments.empty() ? route_.head : deployments.front()->head;
    Span at = elsewhere;
    bool replaced = false;
    for (const auto* changes : {&context_.pipeline.changes, &route_.changes}) {
      for (const sema::Change& change : *changes) {
        if (change.element != original.id) continue;
        at = change.span;
        replaced = change.kind == sema::ChangeKind::replaced;
      }
    }
    std::vector<std::string> names;
    for (const Element* deployment : deployments)
      names.push_back(deployment->id);
    const std::string guarded = names.empty() ? "the workstation" : quoted_list(names);
    auto report = context_.sink.report(diag::final_gate_missing, at, original.id, guarded,
                                       replaced ? "replaced" : "left out");
    report.label(original.head, "declared final here");
    for (const Element* deployment : deployments)
      report.label(deployment->head, deployment->kind == ast::ElementKind::deploy
                                         ? "would be deployed without it"
                                         : "would run without it");
    if (at != elsewhere) report.replace(at, "");
  }

  // Only what makes the gate tighter may differ, and its threshold down to the floor.
  bool unchanged(const Element& original, const Element& gate) {
    bool fine = true;
    // The same gate as another object may have been replaced under its name.
    if (original.definition != gate.definition || original.head != gate.head) {
      missing_by_replacement(original, gate);
      return false;
    }
    for (const PropertyChange& change : changes_between(original, gate)) {
      if (change.effect == Effect::none || change.effect == Effect::tighter) continue;
      if (leaves_work_open(original) && !is_strictness(change.name)) continue;
      // Trunk itself is judged by a rule of its own.
      if (change.name == "continue_on_failure" && &route_ == &context_.pipeline.trunk()) continue;
      if (change.effect == Effect::threshold) {
        const auto limit = original.floor ? original.floor : original.fail_on;
        if (limit && *gate.fail_on <= *limit) continue;
        const std::string floor = limit ? std::string(sema::severities[*limit]) : "everything";
        report(diag::final_gate_looser, change.span, original, gate.id, change.after, floor);
      } else {
        report(diag::final_gate_changed, change.span, original, gate.id, change.name);
      }
      fine = false;
    }
    return fine;
  }

  void missing_by_replacement(const Element& original, const Element& gate) {
    if (!reported_.insert(original.id).second) return;
    context_.sink.report(diag::final_gate_missing, gate.head, original.id, "what it guards", "replaced")
        .label(original.head, "declared final here");
  }

  // What is deployed is what the gate looked at.
  bool examined(const Element& original, const Element& gate, const Element& deployment,
                const std::vector<Route::Position>& originals) {
    bool fine = true;
    // What trunk deploys there without this gate, a hotfix may too; anything else it may not.
    const auto before = find(in_origin_, deployment.id);
    const auto is_deployed_by_origin = [&](const std::string& artifact) {
      if (before && uses(origin_.at(*before), artifact)) return true;
      return originals.empty() || std::any_of(originals.begin(), originals.end(), [&](Route::Position at) {
               return uses(origin_.at(at), artifact);
             });
    };
    // Of what it examines, the types of that which is deployed.
    std::set<std::string> types;
    for (const sema::ArtifactUse& use : original.consumes) {
      const auto made = made_by_origin_.find(use.artifact);
      if (made != made_by_origin_.end() && deployed_.contains(use.artifact)) types.insert(made->second);
    }
    for (const sema::ArtifactUse& use : deployment.consumes) {
      if (uses(gate, use.artifact)) continue;
      if (!types.contains(type_of(use.artifact)) && is_deployed_by_origin(use.artifact)) continue;
      if (!reported_.insert(gate.id + ":" + use.artifact).second) continue;
      context_.sink.report(diag::final_gate_other_artifact, use.span, deployment.id, use.artifact, gate.id)
          .label(gate.head, "examines something else");
      fine = false;
    }
    return fine;
  }

  std::string type_of(const std::string& artifact) const {
    const auto found = types_.find(artifact);
    return found == types_.end() ? std::string() : found->second;
  }

  template <class Kind, class... Args>
  void report(const Kind& kind, Span at, const Element& original, Args&&... args) {
    if (!reported_.insert(fmt::format("{}@{}", original.id, at.begin)).second) return;
    context_.sink.report(kind, at, std::forward<Args>(args)...).label(original.head, "declared final here");
  }

  const Context& context_;
  const Route& origin_;
  const Route& route_;
  bool unknown_owes_all_;
  std::vector<Route::Position> gates_;
  std::map<std::string, Route::Position> in_origin_;
  std::map<std::string, Route::Position> in_route_;
  // What trunk deploys and makes, and the type of every artifact.
  std::set<std::string> deployed_;
  std::map<std::string, std::string> made_by_origin_;
  std::map<std::string, std::string> types_;
  // Whether a gate is as strict as in the origin, by its index.
  std::map<size_t, bool> unchanged_;
  std::map<std::string, std::vector<std::string>> guarded_;
  // By the index of the gate.
  std::map<size_t, std::vector<const Element*>> missing_;
  std::set<std::string> reported_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> check_final_gates(const Context& context, const Route& origin,
                                                                  const Route& route, bool unknown_owes_all) {
  return FinalGates(context, origin, route, unknown_owes_all).run();
}

void check_final_gates_stay(const Context& context, const Route& origin, const Route& route) {
  FinalGates(context, origin, route, false).stay();
}

}  // namespace pipec::rules
