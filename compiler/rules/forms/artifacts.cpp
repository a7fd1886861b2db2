// Forms about artifacts: who makes them, who uses them, and who vouches for them.
#include "compiler/rules/forms/check.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

using sema::Element;

// The element of trunk that makes the artifact, and its type; null when it comes from outside.
struct Made {
  const Element* maker = nullptr;
  std::string_view type;
};

Made made(const sema::Route& trunk, std::string_view artifact) {
  for (const sema::Stage& stage : trunk.stages) {
    for (const auto& element : stage.elements) {
      for (const auto& [name, type] : element->produces) {
        if (name == artifact) return {element.get(), type};
      }
    }
  }
  return {};
}

// Those that use the artifact, have ended before `behind` starts, and stop it when they fail.
std::vector<Placed> users(const Check& check, const Capabilities& capabilities, std::string_view artifact,
                          const Placed& behind) {
  std::vector<Placed> found;
  for (const Placed& placed : check.elements(capabilities)) {
    if (placed.element.continue_on_failure) continue;
    if (placed.element.uses(artifact) && check.trunk().precedes(placed.position, behind.position))
      found.push_back(placed);
  }
  return found;
}

// What is delivered; templates and files beside it have no parts and no signature of their own.
bool is_delivered(const Made& artifact) { return artifact.type == "container" || artifact.type == "package"; }

// An artifact, and everything that it was made of.
std::set<std::string_view> made_of(const sema::Route& trunk, std::string_view artifact) {
  std::set<std::string_view> found{artifact};
  std::vector<std::string_view> open{artifact};
  while (!open.empty()) {
    const Element* maker = made(trunk, open.back()).maker;
    open.pop_back();
    if (maker == nullptr) continue;
    for (const sema::ArtifactUse& use : maker->consumes) {
      if (found.insert(use.artifact).second) open.push_back(use.artifact);
    }
  }
  return found;
}

// Whether the element looks at one of these; or, when it looks at nothing that is delivered, reads what was
// written about one: a list of its parts, a report.
bool is_about(const sema::Route& trunk, const Element& element, const std::set<std::string_view>& artifacts) {
  std::set<std::string_view> seen;
  std::vector<const Element*> open{&element};
  while (!open.empty()) {
    const Element* reader = open.back();
    open.pop_back();
    const auto& taken = reader->consumes;
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const auto& use) { return artifacts.contains(use.artifact); }))
      return true;
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const auto& use) { return is_delivered(made(trunk, use.artifact)); }))
      continue;
    for (const sema::ArtifactUse& use : taken) {
      const Made artifact = made(trunk, use.artifact);
      const bool written = artifact.type == "sbom" || artifact.type == "report";
      if (written && seen.insert(use.artifact).second) open.push_back(artifact.maker);
    }
  }
  return false;
}

// Of the work of one kind, what is about the artifact and comes before its deployment.
void check_examined(Check& check, const Placed& deployment, std::string_view name, const Made& artifact,
                    const Capabilities& kind) {
  const sema::Route& trunk = check.trunk();
  // What an image was built on is in it, and in nothing that was put into it.
  const bool whole = artifact.type == "container";
  const auto artifacts = whole ? std::set<std::string_view>{name} : made_of(trunk, name);
  const Element* other = nullptr;
  for (const Placed& placed : check.elements(kind)) {
    // Of a package, what it holds is named by the sources, at which whoever uses no artifact looks.
    const bool sources = placed.element.consumes.empty() && artifact.type == "package";
    const bool about = sources || is_about(trunk, placed.element, artifacts);
    if (about && trunk.precedes(placed.position, deployment.position)) {
      check.shows(evidence_of(check.context(), placed.element));
      return;
    }
    if (other == nullptr) other = &placed.element;
  }
  // That there is one at all is asked for by another rule.
  if (other == nullptr) return;
  check
      .breaks(deployment.element.head, fmt::format("`{}` deploys `{}`, about which no {} is before it",
                                                   deployment.element.id, name, titles(kind)))
      .labels.push_back({other->head, "this is about something else, or comes later"});
}

}  // namespace

void produced_once(Check& check) {
  const auto roles = check.roles("roles");
  const Capabilities& capabilities = check.capabilities("capabilities");
  for (const sema::Stage& stage : check.trunk().stages) {
    const bool allowed = std::find(roles.begin(), roles.end(), stage.role) != roles.end();
    for (const auto& element : stage.elements) {
      if (!fulfils(*element, capabilities)) continue;
      if (allowed) {
        check.shows(element->head, fmt::format("`{}` makes it, in the stage `{}`", element->id, stage.name));
      } else {
        check.breaks(element->head,
                     fmt::format("`{}` makes something again, in the stage `{}`", element->id, stage.name));
      }
    }
  }
}

void consumes(Check& check) {
  const Capabilities& makers = check.capabilities("output_of");
  // That there is one at all is asked for by another rule.
  const bool any =
      std::any_of(check.trunk().stages.begin(), check.trunk().stages.end(), [&](const auto& stage) {
        return std::any_of(stage.elements.begin(), stage.elements.end(),
                           [&](const auto& element) { return fulfils(*element, makers); });
      });
  if (!any) return;
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    const auto use = std::find_if(element.consumes.begin(), element.consumes.end(),
                                  [&](const sema::ArtifactUse& candidate) {
                                    const Made artifact = made(check.trunk(), candidate.artifact);
                                    return artifact.maker != nullptr && fulfils(*artifact.maker, makers);
                                  });
    if (use == element.consumes.end()) {
      check.breaks(element.head,
                   fmt::format("`{}` uses nothing that {} has made", element.id, titles(makers)));
    } else {
      check.shows(element.head, fmt::format("`{}` uses `{}` of `{}`", element.id, use->artifact,
                                            made(check.trunk(), use->artifact).maker->id));
    }
  }
}

void verified(Check& check) {
  const Capabilities& by = check.capabilities("by");
  for (const Placed& placed : check.elements(check.capabilities("deployed"))) {
    for (const sema::ArtifactUse& use : placed.element.consumes) {
      if (!is_delivered(made(check.trunk(), use.artifact))) continue;
      const std::vector<Placed> signers = users(check, check.capabilities("sign"), use.artifact, placed);
      const std::string& deployment = placed.element.id;
      if (signers.empty()) {
        check.breaks(placed.element.head,
                     fmt::format("`{}` deploys `{}`, which nothing signs", deployment, use.artifact));
        continue;
      }
      // A signature that is given later is not the one that was looked at.
      const std::vector<Placed> verifiers = users(check, by, use.artifact, placed);
      const auto verifier = std::find_if(verifiers.begin(), verifiers.end(), [&](const Placed& candidate) {
        return check.trunk().precedes(signers.front().position, candidate.position);
      });
      if (verifier == verifiers.end()) {
        check
            .breaks(placed.element.head, fmt::format("nothing verifies the signature of `{}` before `{}`",
                                                     use.artifact, deployment))
            .labels.push_back({signers.front().element.head, "signed here"});
      } else {
        check.shows(evidence_of(check.context(), signers.front().element));
        check.shows(evidence_of(check.context(), verifier->element));
      }
    }
  }
}

void examined(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("deployed"))) {
    for (const sema::ArtifactUse& use : placed.element.consumes) {
      const Made artifact = made(check.trunk(), use.artifact);
      if (!is_delivered(artifact)) continue;
      for (const sema::Capability* kind : check.capabilities("by"))
        check_examined(check, placed, use.artifact, artifact, {kind});
    }
  }
}

}  // namespace pipec::rules::forms
