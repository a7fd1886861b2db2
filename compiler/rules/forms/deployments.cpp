// Forms about deployments: from what they are made, how they go out and how they come back.
#include "compiler/rules/forms/check.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

using sema::Element;

// The template that it takes; empty when it takes none.
std::string template_of(const sema::Route& trunk, const Element& element) {
  for (const sema::ArtifactUse& use : element.consumes) {
    for (const sema::Stage& stage : trunk.stages) {
      for (const auto& maker : stage.elements) {
        for (const auto& [name, type] : maker->produces) {
          if (name == use.artifact && type == "template") return name;
        }
      }
    }
  }
  return {};
}

const Element* before(const Check& check, const Capabilities& capabilities, const Placed& deployment) {
  for (const Placed& placed : check.elements(capabilities)) {
    if (placed.stage.environment == deployment.stage.environment &&
        check.trunk().precedes(placed.position, deployment.position))
      return &placed.element;
  }
  return nullptr;
}

}  // namespace

void deploys_through(Check& check) {
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    const std::string from = template_of(check.trunk(), element);
    const Element* behind = before(check, check.capabilities("behind"), placed);
    if (!from.empty()) {
      check.shows(element.head, fmt::format("`{}` is made from the template `{}`", element.id, from));
    } else if (behind != nullptr) {
      check.shows(element.head, fmt::format("`{}` comes behind `{}`", element.id, behind->id));
    } else if (element.definition != nullptr) {
      check.shows(evidence_of(check.context(), element));
    } else {
      check.breaks(element.head,
                   fmt::format("`{}` changes its environment by a command of its own", element.id));
    }
  }
}

void waves_and_bake(Check& check) {
  const std::string property = check.word("property");
  const std::vector<std::string> at_once = check.words("at_once");
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    const sema::Environment* environment = placed.stage.environment;
    const bool several = environment != nullptr && environment->regions.size() > 1;
    const sema::Value* strategy = element.property(property);
    const bool reaches_all =
        strategy != nullptr && std::find(at_once.begin(), at_once.end(), strategy->text()) != at_once.end();
    if (several && element.waves.size() < 2) {
      check.breaks(element, "waves", fmt::format("`{}` reaches all regions at once", element.id));
    } else if (several && element.wave_bake == Duration{}) {
      check.breaks(element, "wave_bake", fmt::format("`{}` does not wait between its waves", element.id));
    } else if (reaches_all) {
      check.breaks(place_of(element, property), fmt::format("`{}` reaches everybody{} at once", element.id,
                                                            several ? " of a region" : ""));
    } else {
      check.shows(element.head, several ? fmt::format("`{}` goes out in {}", element.id,
                                                      counted(element.waves.size(), "wave"))
                                        : fmt::format("`{}` goes out step by step", element.id));
    }
  }
}

void rollback(Check& check) {
  const std::vector<std::string> by = check.words("by");
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const Element& element = placed.element;
    const sema::Value* value = element.property("rollback");
    const std::string how = value == nullptr ? std::string() : value->text();
    if (std::find(by.begin(), by.end(), how) != by.end()) {
      check.shows(place_of(element, "rollback"), fmt::format("`{}` is taken back `{}`", element.id, how));
    } else {
      check.breaks(place_of(element, "rollback"),
                   fmt::format("`{}` is not taken back by {}", element.id, quoted_list(by, "or")));
    }
  }
}

}  // namespace pipec::rules::forms
