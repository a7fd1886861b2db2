#include "compiler/rules/hotfix/final_gates.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/floors.h"
#include "compiler/rules/hotfix/changes.h"
#include "compiler/rules/hotfix/examined_artifacts.h"
#include "compiler/sema/removal.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Route;

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
  FinalGates(const Context& context, const Route& origin, const Route& route, const GateDuties& duties,
             ReportedGates& reported)
      : context_(context),
        origin_(origin),
        route_(route),
        owed_(origin, route, context.pipeline.changes, duties),
        all_stay_(duties.all_stay),
        reported_(reported) {}

  std::map<std::string, std::vector<std::string>> run() {
    if (owed_.gates().empty()) return {};
    artifacts_.emplace(context_, origin_, owed_.in_origin(), route_, reported_);
    size_t pairs = 0;
    for (size_t s = 0; s < route_.stages.size(); ++s) {
      for (size_t e = 0; e < route_.stages[s].elements.size(); ++e) {
        if (!changes_something(route_, {s, e})) continue;
        if (sema::exceeds(pairs, owed_.gates().size(), max_pairs)) {
          context_.sink.report(diag::routes_too_large, route_.head, static_cast<int>(max_pairs),
                               "pairs of a final gate and what it guards");
        }
        if (pairs <= max_pairs) deployment({s, e});
      }
    }
    for (const auto& [gate, deployments] : missing_)
      report_missing(original(gate), ids_of(deployments), deployments);
    for (const size_t gate : owed_.unbound()) {
      if (all_stay_) stays(gate, "every heir");
    }
    return std::move(guarded_);
  }

  void stay() {
    for (size_t i = 0; i < owed_.gates().size(); ++i)
      stays(i, "the workstation");
  }

 private:
  // Each is judged.
  static constexpr size_t max_pairs = 1'000'000;

  const Element& original(size_t gate) const { return origin_.at(owed_.gates()[gate]); }

  static std::string ids_of(const std::vector<const Element*>& elements) {
    std::vector<std::string> ids;
    for (const Element* element : elements)
      ids.push_back(element->id);
    return quoted_list(ids);
  }

  void stays(size_t gate, const std::string& whom) {
    const auto now = place_in(owed_.in_route(), original(gate).id);
    if (now) {
      is_as_strict(gate, route_.at(*now));
    } else {
      report_missing(original(gate), whom, {});
    }
  }

  void deployment(Route::Position at) {
    const Element& deployment = route_.at(at);
    const auto originals = owed_.deployments_to(route_.stages[at.stage].environment);
    const Before before_now(route_, at);
    const std::vector<size_t> before = owed_.before(at);
    for (const size_t gate : before) {
      const auto now = place_in(owed_.in_route(), original(gate).id);
      if (!now) {
        missing_[gate].push_back(&deployment);
      } else if (holds(gate, *now, before_now.has(*now), deployment, originals)) {
        guarded_[original(gate).id].push_back(deployment.id);
      }
    }
    for (const size_t gate : owed_.beside(at)) {
      if (std::find(before.begin(), before.end(), gate) != before.end()) continue;
      const auto now = place_in(owed_.in_route(), original(gate).id);
      if (!now) {
        missing_[gate].push_back(&deployment);
      } else if (is_as_strict(gate, route_.at(*now)) && is_behind(gate, *now, at)) {
        guarded_[original(gate).id].push_back(deployment.id);
      }
    }
  }

  // Judged once.
  bool is_as_strict(size_t gate, const Element& current) {
    const auto [same, first] = unchanged_.try_emplace(gate, true);
    if (first) same->second = unchanged(original(gate), current);
    return same->second;
  }

  bool holds(size_t gate, Route::Position now, bool precedes, const Element& deployment,
             const std::vector<Route::Position>& originals) {
    const Element& current = route_.at(now);
    if (!is_as_strict(gate, current)) return false;
    if (!precedes) {
      auto report =
          context_.sink.report(diag::final_gate_not_before, deployment.head, current.id, deployment.id)
              .label(current.head, "the final gate");
      for (const sema::Change& change : route_.changes) {
        if (change.element == deployment.id) report.label(change.span, "changed here");
      }
      if (deployment.always)
        report.note("what stands in `always` runs although a gate of its stage has failed");
    }
    return artifacts_->check(original(gate), current, deployment, originals) && precedes;
  }

  // It examines what the deployment has put there. One that stands only before deployments in the origin
  // examines none of them.
  bool is_behind(size_t gate, Route::Position now, Route::Position at) {
    if (route_.precedes(at, now) || !owed_.is_behind_deployment(gate)) return true;
    const Element& deployment = route_.at(at);
    const Element& current = route_.at(now);
    const sema::Change* cause = change_between(deployment, original(gate));
    const Span span = cause == nullptr ? current.head : cause->span;
    if (!is_new(current, span)) return false;
    context_.sink.report(diag::final_gate_not_behind, span, current.id, deployment.id)
        .label(current.head, "the final gate")
        .label(deployment.head, "may still run");
    return false;
  }

  // What the route, or the pipeline, changed of the two or of what stands between them; null for nothing.
  const sema::Change* change_between(const Element& deployment, const Element& gate) const {
    const auto from = place_in(owed_.in_origin(), deployment.id);
    const auto to = place_in(owed_.in_origin(), gate.id);
    const auto concerns = [&](const sema::Change& change) {
      if (change.element == deployment.id || change.element == gate.id) return true;
      const auto other = place_in(owed_.in_origin(), change.element);
      return from && to && other && origin_.precedes(*from, *other) && origin_.precedes(*other, *to);
    };
    for (const auto* changes : {&route_.changes, &context_.pipeline.changes}) {
      const auto found = std::find_if(changes->begin(), changes->end(), concerns);
      if (found != changes->end()) return &*found;
    }
    return nullptr;
  }

  Span declared_final(const Element& gate) const {
    const auto mark = route_.marked_final.find(gate.id);
    return gate.final || mark == route_.marked_final.end() ? gate.head : mark->second;
  }

  // `deployments`: those that it does not guard; none where nothing is deployed.
  void report_missing(const Element& original, const std::string& guarded,
                      const std::vector<const Element*>& deployments) {
    const Span elsewhere = deployments.empty() ? route_.head : deployments.front()->head;
    Span at = elsewhere;
    bool replaced = false;
    const auto& of_trunk = context_.pipeline.trunk().changes;
    for (const auto* changes : {&context_.pipeline.changes, &of_trunk, &route_.changes}) {
      for (const sema::Change& change : *changes) {
        if (change.element != original.id) continue;
        at = change.span;
        replaced = change.kind == sema::ChangeKind::replaced;
      }
    }
    if (!is_new(original, at)) return;
    auto report = context_.sink.report(diag::final_gate_missing, at, original.id, guarded,
                                       replaced ? "replaced" : "left out");
    report.label(declared_final(original), "declared final here");
    for (const Element* deployment : deployments)
      report.label(deployment->head, deployment->kind == ast::ElementKind::deploy
                                         ? "would be deployed without it"
                                         : "would run without it");
    sema::offer_removal(report, context_.pipeline, at);
  }

  // Only what makes the gate tighter may differ, and its threshold down to the floor.
  bool unchanged(const Element& original, const Element& gate) {
    bool fine = true;
    // The same gate as another object may have been replaced under its name, or by another use of its stage.
    if (original.definition != gate.definition || original.head != gate.head || original.use != gate.use) {
      missing_by_replacement(original, gate);
      return false;
    }
    // Marked by the route, which makes it final as it is there.
    if (!original.final) return true;
    for (const PropertyChange& change : changes_between(original, gate)) {
      if (change.effect == Effect::none || change.effect == Effect::tighter) continue;
      if (leaves_work_open(original) && !is_strictness(change.name)) continue;
      // Trunk itself is judged by a rule of its own.
      if (change.name == "continue_on_failure" && gate.final && &route_ == &context_.pipeline.trunk())
        continue;
      if (change.effect == Effect::threshold) {
        const auto limit = original.floor ? original.floor : original.fail_on;
        if (limit && *gate.fail_on <= *limit) continue;
        const std::string floor = limit ? std::string(sema::severities[*limit]) : "everything";
        report(diag::final_gate_looser, change.span, original, gate.id, change.after, floor);
      } else {
        if (change.name != "floor" || !original.floor || !keeps_floors())
          report(diag::final_gate_changed, change.span, original, gate.id, change.name);
      }
      fine = false;
    }
    return fine;
  }

  // Floors are held on every route, whatever it deploys, to those of trunk in a hotfix, and of what the
  // pipeline and its bases declare elsewhere (floors.h).
  bool keeps_floors() const {
    const sema::Pipeline& pipeline = context_.pipeline;
    const bool of_base = &origin_ != &pipeline.trunk() && &origin_ != &pipeline.declared();
    return of_base || &origin_ == &origin_of_floors(pipeline, route_);
  }

  void missing_by_replacement(const Element& original, const Element& gate) {
    if (!is_new(original, gate.head)) return;
    const Span at = original.head == gate.head ? gate.use : gate.head;
    context_.sink.report(diag::final_gate_missing, at, original.id, "what it guards", "replaced")
        .label(declared_final(original), "declared final here");
  }

  template <class Kind, class... Args>
  void report(const Kind& kind, Span at, const Element& original, Args&&... args) {
    if (!is_new(original, at)) return;
    context_.sink.report(kind, at, std::forward<Args>(args)...).label(original.head, "declared final here");
  }

  bool is_new(const Element& gate, Span at) {
    return reported_.insert(fmt::format("{}@{}:{}", gate.id, static_cast<uint32_t>(at.source), at.begin))
        .second;
  }

  const Context& context_;
  const Route& origin_;
  const Route& route_;
  OwedGates owed_;
  bool all_stay_;
  // Where there are gates.
  std::optional<ExaminedArtifacts> artifacts_;
  // Whether a gate is as strict as in the origin, by its index.
  std::map<size_t, bool> unchanged_;
  std::map<std::string, std::vector<std::string>> guarded_;
  // By the index of the gate.
  std::map<size_t, std::vector<const Element*>> missing_;
  ReportedGates& reported_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> check_final_gates(const Context& context, const Route& origin,
                                                                  const Route& route,
                                                                  const GateDuties& duties,
                                                                  ReportedGates& reported) {
  return FinalGates(context, origin, route, duties, reported).run();
}

void check_declared_gates(const Context& context, const Route& route) {
  const Route& declared = context.pipeline.declared();
  const Route& trunk = context.pipeline.trunk();
  ReportedGates reported;
  if (&declared != &trunk)
    check_final_gates(context, declared, route, {.chooses_environments = true}, reported);
  if (&route != &trunk) check_final_gates(context, trunk, route, {}, reported);
}

void check_final_gates_stay(const Context& context, const Route& origin, const Route& route) {
  ReportedGates reported;
  FinalGates(context, origin, route, {}, reported).stay();
}

}  // namespace pipec::rules
