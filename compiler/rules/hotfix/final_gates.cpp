#include "compiler/rules/hotfix/final_gates.h"

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
      if (element.kind == ast::ElementKind::gate && element.final) gates_.push_back(at);
    });
  }

  std::map<std::string, std::vector<std::string>> run() {
    for_each(route_, [&](Route::Position at, const Element& element) {
      const bool in_environment = route_.stages[at.stage].environment != nullptr;
      if (element.kind == ast::ElementKind::deploy || (in_environment && element.may_change()))
        deployment(at, element);
    });
    for (const auto& [gate, deployments] : missing_)
      report_missing(origin_.at(gates_[gate]), deployments);
    return std::move(guarded_);
  }

 private:
  // Whether what the gate refuses does not happen. What stands in `always` runs after a failure of its own
  // stage.
  static bool guards(const Route& route, Route::Position gate, Route::Position at) {
    return route.precedes(gate, at) && !(gate.stage == at.stage && route.at(at).always);
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
    for (size_t i = 0; i < gates_.size(); ++i) {
      const Route::Position gate = gates_[i];
      bool precedes_one = std::any_of(originals.begin(), originals.end(),
                                      [&](Route::Position d) { return guards(origin_, gate, d); });
      // An action of the origin owes what it owed there.
      const auto before = origin_.find(deployment.id);
      if (deployment.kind == ast::ElementKind::action && before)
        precedes_one = guards(origin_, gate, *before);
      if (deployment.kind == ast::ElementKind::action && before && !precedes_one) continue;
      if (!precedes_one && !(originals.empty() && unknown_owes_all_)) continue;
      if (!route_.find(origin_.at(gate).id)) {
        missing_[i].push_back(&deployment);
      } else if (holds(gate, at, deployment)) {
        guarded_[origin_.at(gate).id].push_back(deployment.id);
      }
    }
  }

  bool holds(Route::Position gate_at, Route::Position deployment_at, const Element& deployment) {
    const Element& original = origin_.at(gate_at);
    const auto now = route_.find(original.id);
    const Element& gate = route_.at(*now);
    if (!unchanged(original, gate)) return false;
    bool fine = true;
    if (!guards(route_, *now, deployment_at)) {
      auto report = context_.sink.report(diag::final_gate_not_before, deployment.head, gate.id, deployment.id)
                        .label(gate.head, "the final gate");
      if (deployment.always)
        report.note("what stands in `always` runs although a gate of its stage has failed");
      fine = false;
    }
    return examined(original, gate, deployment, route_.stages[deployment_at.stage].environment) && fine;
  }

  void report_missing(const Element& original, const std::vector<const Element*>& deployments) {
    Span at = deployments.front()->head;
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
    auto report = context_.sink.report(diag::final_gate_missing, at, original.id, quoted_list(names),
                                       replaced ? "replaced" : "left out");
    report.label(original.head, "declared final here");
    for (const Element* deployment : deployments)
      report.label(deployment->head, "would be deployed without it");
    if (at != deployments.front()->head) report.replace(at, "");
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
                const Environment* environment) {
    bool fine = true;
    const auto originals = original_deployments(environment);
    // What trunk deploys there without this gate, a hotfix may too; anything else it may not.
    const auto before = origin_.find(deployment.id);
    const auto is_deployed_by_origin = [&](const std::string& artifact) {
      if (before && uses(origin_.at(*before), artifact)) return true;
      return originals.empty() || std::any_of(originals.begin(), originals.end(), [&](Route::Position at) {
               return uses(origin_.at(at), artifact);
             });
    };
    std::set<std::string> types;
    for_each(origin_, [&](Route::Position, const Element& element) {
      for (const auto& output : element.produces) {
        const bool deployed =
            std::any_of(origin_.stages.begin(), origin_.stages.end(), [&](const sema::Stage& stage) {
              return std::any_of(stage.elements.begin(), stage.elements.end(), [&](const auto& e) {
                return e->kind == ast::ElementKind::deploy && uses(*e, output.first);
              });
            });
        if (deployed && uses(original, output.first)) types.insert(output.second);
      }
    });
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
    for (const Route* route : {&route_, &origin_}) {
      for (const sema::Stage& stage : route->stages) {
        for (const auto& element : stage.elements) {
          for (const auto& [name, type] : element->produces) {
            if (name == artifact) return type;
          }
        }
      }
    }
    for (const sema::ExternalArtifact& external : context_.pipeline.externals) {
      if (external.name == artifact) return external.type;
    }
    return {};
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

}  // namespace pipec::rules
