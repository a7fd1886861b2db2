// An artifact is one thing: every route that makes it makes it in the same element, and as the same output.
// What a deployment takes by name would depend on the route otherwise.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"

#include <map>
#include <string_view>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

struct Made {
  const sema::Element* element;
  const sema::Value* output;
};

const sema::Value* output_of(const sema::Element& element, std::string_view artifact) {
  const sema::Value* outputs = element.property("outputs");
  return outputs == nullptr ? nullptr : outputs->find(artifact);
}

// Values of a matrix may differ, but not whether there are several: who uses the files finds them elsewhere
// then.
void report_collection(const Context& context, const sema::Route& route, const sema::Element& elsewhere,
                       const sema::Element& here, std::string_view artifact) {
  const bool regions = !elsewhere.settings.contains("matrix") && !here.settings.contains("matrix");
  context.sink
      .report(diag::collection_changed, here.property_span(regions ? "per_region" : "matrix"), artifact,
              here.id, here.axes.empty() ? "once" : "several times", route.name)
      .label(elsewhere.head, here.axes.empty() ? "runs several times elsewhere" : "runs once elsewhere");
}

}  // namespace

void one_artifact(const Context& context) {
  std::map<std::string_view, Made> first;
  for (const sema::Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        for (const auto& [artifact, type] : element->produces) {
          const sema::Value* output = output_of(*element, artifact);
          if (output == nullptr) continue;
          const auto [entry, added] = first.emplace(artifact, Made{element.get(), output});
          const Made& made = entry->second;
          if (added) continue;
          if (made.element->id != element->id) {
            context.sink.report(diag::artifact_of_two_makers, output->span, artifact, made.element->id)
                .label(made.output->span, fmt::format("made by `{}`", made.element->id));
          } else if (!same(*made.output, *output)) {
            context.sink.report(diag::artifact_of_two_forms, output->span, artifact)
                .label(made.output->span, "what it is elsewhere");
          } else if (made.element->axes.empty() != element->axes.empty()) {
            report_collection(context, route, *made.element, *element, artifact);
          }
        }
      }
    }
  }
}

}  // namespace pipec::rules
