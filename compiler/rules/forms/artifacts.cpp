// Forms about artifacts: who makes them, who uses them, and who vouches for them.
#include "compiler/rules/forms/check.h"

#include <algorithm>

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

bool uses(const Element& element, std::string_view artifact) {
  return std::any_of(element.consumes.begin(), element.consumes.end(),
                     [&](const sema::ArtifactUse& use) { return use.artifact == artifact; });
}

// The one that uses the artifact, and has ended before `behind` starts when that is given.
const Element* user(const Check& check, const Capabilities& capabilities, std::string_view artifact,
                    const Placed* behind) {
  for (const Placed& placed : check.elements(capabilities)) {
    if (!uses(placed.element, artifact)) continue;
    if (behind == nullptr || check.trunk().precedes(placed.position, behind->position))
      return &placed.element;
  }
  return nullptr;
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
      const Made artifact = made(check.trunk(), use.artifact);
      // What else is deployed, templates and files, has no signature of its own.
      if (artifact.type != "container" && artifact.type != "package") continue;
      const Element* signer = user(check, check.capabilities("sign"), use.artifact, nullptr);
      const Element* verifier = user(check, by, use.artifact, &placed);
      const std::string& deployment = placed.element.id;
      if (signer == nullptr) {
        check.breaks(placed.element.head,
                     fmt::format("`{}` deploys `{}`, which nothing signs", deployment, use.artifact));
      } else if (verifier == nullptr) {
        check
            .breaks(placed.element.head, fmt::format("nothing verifies the signature of `{}` before `{}`",
                                                     use.artifact, deployment))
            .labels.push_back({signer->head, "signed here"});
      } else {
        check.shows(evidence_of(check.pipeline(), *signer));
        check.shows(evidence_of(check.pipeline(), *verifier));
      }
    }
  }
}

}  // namespace pipec::rules::forms
