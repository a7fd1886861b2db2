// What runs on the workstation and what runs in the pipeline know nothing of one another.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <map>
#include <set>
#include <string>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Stage;

// The elements of one of the two, by name, with the artifacts that they make.
struct Part {
  std::string_view runs;
  std::map<std::string, const Element*, std::less<>> elements;
  std::map<std::string, const Element*, std::less<>> makers;

  void add(const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) {
      for (const auto& element : stage.elements) {
        elements.emplace(element->id, element.get());
        for (const auto& [artifact, type] : element->produces)
          makers.emplace(artifact, element.get());
      }
    }
  }
};

void report(const Context& context, Span at, const Part& other, const Element& named, const Element& element,
            std::string_view cannot) {
  context.sink.report(diag::runs_elsewhere, at, named.id, other.runs, fmt::format("`{}`", element.id), cannot)
      .label(named.head, "runs there");
}

void check(const Context& context, const Element& element, const Part& own, const Part& other) {
  for (const std::string& id : element.after) {
    const auto named = other.elements.find(id);
    if (named != other.elements.end())
      report(context, element.property_span("after"), other, *named->second, element, "wait for it");
  }
  for (const sema::ArtifactUse& use : element.consumes) {
    const auto maker = other.makers.find(use.artifact);
    if (maker != other.makers.end() && !own.makers.contains(use.artifact))
      report(context, use.span, other, *maker->second, element, "use what it makes");
  }
}

}  // namespace

void workstation(const Context& context) {
  if (context.pipeline.workstation.empty()) return;
  Part desk{"on the workstation", {}, {}};
  desk.add(context.pipeline.workstation);
  Part pipeline{"in the pipeline", {}, {}};
  for (const sema::Route& route : context.pipeline.routes)
    pipeline.add(route.stages);
  std::set<const Element*> seen;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (seen.insert(element.get()).second) check(context, *element, pipeline, desk);
      }
    }
  }
  for (const auto& [id, element] : desk.elements) {
    check(context, *element, desk, pipeline);
    const bool deploys = element->kind == ast::ElementKind::deploy;
    if (deploys || element->kind == ast::ElementKind::approval)
      context.sink.report(diag::runs_elsewhere, element->head, id, desk.runs, "it",
                          deploys ? "deploy" : "ask anybody");
  }
}

}  // namespace pipec::rules
