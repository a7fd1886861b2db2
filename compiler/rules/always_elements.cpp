// What stands in `always` can run after any failure of its stage.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Route;

std::string name_of(const Route& route) {
  if (route.kind == sema::RouteKind::hotfix) return "the hotfix";
  return route.kind == sema::RouteKind::trunk ? "trunk" : fmt::format("the route `{}`", route.name);
}

void check_kind(const Context& context, const Element& element) {
  const auto report = [&](Span span, std::string_view why) {
    context.sink.report(diag::always_element, span, to_string(element.kind), element.name, why);
  };
  if (element.kind == ast::ElementKind::approval) {
    report(element.head, "nobody is asked whether to clean up");
  } else if (element.kind == ast::ElementKind::deploy) {
    report(element.head, "nothing is deployed after a failure");
  } else if (element.kind == ast::ElementKind::gate && element.final) {
    report(element.property_span("final"), "a final gate stops what follows, and nothing follows");
  } else if (element.kind == ast::ElementKind::gate && !element.checks()) {
    report(element.head, "it waits for a time, and cleaning up does not wait");
  }
}

class Artifacts {
 public:
  Artifacts(const Context& context, const Route& route) : context_(context), route_(route) {
    for (size_t s = 0; s < route.stages.size(); ++s) {
      for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
        for (const auto& output : route.stages[s].elements[e]->produces)
          makers_.emplace(output.first, Route::Position{s, e});
      }
    }
  }

  // Artifacts that the route does not make, or makes later, are reported by another rule.
  void check(const Element& element, size_t stage) const {
    for (const sema::ArtifactUse& use : element.consumes) {
      const auto found = makers_.find(use.artifact);
      if (found == makers_.end() || found->second.stage > stage) continue;
      const Element& maker = route_.at(found->second);
      if (found->second.stage == stage) {
        report(use, element, maker,
               fmt::format("`{}` of the same stage makes it, and may have failed", maker.name))
            .note("use what an earlier stage makes, or find out in the command what there is");
      } else if (maker.continue_on_failure) {
        report(use, element, maker,
               fmt::format("`{}` makes it, and the pipeline goes on when that fails", maker.id))
            .note("take `continue_on_failure` away there, or do without the artifact");
      }
    }
  }

 private:
  DiagnosticBuilder report(const sema::ArtifactUse& use, const Element& element, const Element& maker,
                           const std::string& why) const {
    DiagnosticBuilder report =
        context_.sink.report(diag::always_artifact, use.span, use.artifact, element.name, why);
    report.label(maker.head, "made here");
    return report;
  }

  const Context& context_;
  const Route& route_;
  std::map<std::string, Route::Position> makers_;
};

}  // namespace

void always_elements(const Context& context) {
  std::set<const Element*> seen;
  for (const Route& route : context.pipeline.routes) {
    const Artifacts artifacts(context, route);
    for (size_t s = 0; s < route.stages.size(); ++s) {
      const sema::Stage& stage = route.stages[s];
      bool any = false;
      for (const auto& element : stage.elements) {
        if (!element->always) continue;
        any = true;
        artifacts.check(*element, s);
        if (seen.insert(element.get()).second) check_kind(context, *element);
      }
      if (any && !stage.can_begin())
        context.sink.report(diag::always_alone, stage.head, name_of(route), stage.name);
    }
  }
}

}  // namespace pipec::rules
