#include "compiler/rules/hotfix/examined_artifacts.h"

#include "compiler/diag/kinds/routes.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules {

using sema::Element;
using sema::Route;

ExaminedArtifacts::ExaminedArtifacts(const Context& context, const Route& origin, const Places& places,
                                     const Route& route, ReportedGates& reported)
    : context_(context),
      origin_(origin),
      places_(places),
      route_(route),
      reported_(reported),
      in_origin_(origin),
      in_route_(route) {
  for (const sema::Stage& stage : origin.stages) {
    for (const auto& element : stage.elements) {
      made_by_origin_.insert(element->produces.begin(), element->produces.end());
      for (const sema::ArtifactUse& use : element->consumes) {
        if (element->kind == ast::ElementKind::deploy) deployed_.insert(use.artifact);
      }
    }
  }
  collect_types();
}

// The route's own artifacts win over those of the origin, these over what comes from outside.
void ExaminedArtifacts::collect_types() {
  for (const Route* route : {&route_, &origin_}) {
    for (const sema::Stage& stage : route->stages) {
      for (const auto& element : stage.elements)
        types_.insert(element->produces.begin(), element->produces.end());
    }
  }
  for (const sema::ExternalArtifact& external : context_.pipeline.externals)
    types_.emplace(external.name, external.type);
}

const std::string& ExaminedArtifacts::type_of(const std::string& artifact) const {
  static const std::string unknown;
  const auto found = types_.find(artifact);
  return found == types_.end() ? unknown : found->second;
}

// Of what the gate examines in the origin, the types of that which is deployed.
std::set<std::string> ExaminedArtifacts::deployed_types(const Element& gate) const {
  std::set<std::string> types;
  for (const sema::ArtifactUse& use : gate.consumes) {
    const auto made = made_by_origin_.find(use.artifact);
    if (made != made_by_origin_.end() && deployed_.contains(use.artifact)) types.insert(made->second);
  }
  return types;
}

bool ExaminedArtifacts::check(const Element& original, const Element& gate, const Element& deployment,
                              const std::vector<Route::Position>& originals) {
  bool fine = true;
  // What trunk deploys there without this gate, a hotfix may too; anything else it may not.
  const auto before = place_in(places_, deployment.id);
  const auto is_deployed_by_origin = [&](const std::string& artifact) {
    if (before && origin_.at(*before).uses(artifact)) return true;
    return originals.empty() || std::any_of(originals.begin(), originals.end(), [&](Route::Position at) {
             return origin_.at(at).uses(artifact);
           });
  };
  const std::set<std::string> types = deployed_types(original);
  for (const sema::ArtifactUse& use : deployment.consumes) {
    fine = is_made_of_examined(use, original, gate, deployment) && fine;
    if (gate.uses(use.artifact)) continue;
    if (!types.contains(type_of(use.artifact)) && is_deployed_by_origin(use.artifact)) continue;
    if (!is_new(gate, use.artifact)) continue;
    context_.sink.report(diag::final_gate_other_artifact, use.span, deployment.id, use.artifact, gate.id)
        .label(gate.head, "examines something else");
    fine = false;
  }
  return fine;
}

bool ExaminedArtifacts::is_made_of_examined(const sema::ArtifactUse& use, const Element& original,
                                            const Element& gate, const Element& deployment) {
  for (const sema::ArtifactUse& examined : original.consumes) {
    if (!in_origin_.is_made_of(use.artifact, examined.artifact) ||
        in_route_.is_made_of(use.artifact, examined.artifact))
      continue;
    if (!is_new(gate, use.artifact)) return false;
    auto report =
        context_.sink.report(diag::final_gate_other_artifact, use.span, deployment.id, use.artifact, gate.id);
    report.label(gate.head, fmt::format("examines `{}`", examined.artifact));
    report.note(fmt::format("here `{}` is not made of `{}`", use.artifact, examined.artifact));
    for (const sema::Change& change : route_.changes) {
      const auto changed = place_in(places_, change.element);
      if (changed && makes_part_of(origin_.at(*changed), use.artifact))
        report.label(change.span, "changed here");
    }
    return false;
  }
  return true;
}

bool ExaminedArtifacts::makes_part_of(const Element& element, const std::string& artifact) {
  return std::any_of(element.produces.begin(), element.produces.end(), [&](const auto& output) {
    return output.first == artifact || in_origin_.is_made_of(artifact, output.first);
  });
}

bool ExaminedArtifacts::is_new(const Element& gate, const std::string& artifact) {
  return reported_.insert(fmt::format("{}:{}:{}", route_.name, gate.id, artifact)).second;
}

}  // namespace pipec::rules
