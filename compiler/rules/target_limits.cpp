// What a target can hold: numbers and names. The limits are data of stdlib/targets.
#include "compiler/diag/kinds/targets.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"

#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

class Limits {
 public:
  Limits(const Context& context, const sema::Target& target) : context_(context), target_(target) {}

  // Reports when `count` is above the limit of that name.
  void at_most(std::string_view limit, size_t count, Span span, std::string_view what) {
    const auto found = target_.limits.find(std::string(limit));
    if (found == target_.limits.end() || static_cast<int64_t>(count) <= found->second) return;
    context_.sink.report(diag::above_limit, span, target_.title, what, static_cast<int>(found->second),
                         static_cast<int>(count));
  }
  void at_least(std::string_view limit, size_t count, Span span, std::string_view what) {
    const auto found = target_.limits.find(std::string(limit));
    if (found == target_.limits.end() || static_cast<int64_t>(count) >= found->second) return;
    context_.sink.report(diag::below_limit, span, target_.title, what, static_cast<int>(found->second),
                         static_cast<int>(count));
  }

 private:
  const Context& context_;
  const sema::Target& target_;
};

}  // namespace

void target_limits(const Context& context) {
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    Limits limits(context, *target);
    const sema::Pipeline& pipeline = context.pipeline;
    limits.at_most("name_length", pipeline.name.size(), pipeline.head, "characters in a name");
    for (const sema::Source& source : pipeline.sources) {
      bool known = source.repository.is_error();
      for (const std::string& name : target->sources)
        known = known || name == source.repository.text();
      if (!known)
        context.sink.report(diag::unsupported_source, source.repository.span, target->title,
                            source.repository.text());
    }
    for (const sema::Route& route : pipeline.routes) {
      limits.at_most("stages", route.stages.size(), route.head, "stages");
      for (const sema::Stage& stage : route.stages) {
        limits.at_most("name_length", stage.name.size(), stage.head, "characters in a name");
        for (const auto& element : stage.elements) {
          limits.at_most("name_length", element->name.size(), element->head, "characters in a name");
          if (element->kind == ast::ElementKind::approval) {
            const auto minutes = static_cast<size_t>(element->within.seconds / 60);
            limits.at_least("approval_minutes_min", minutes, element->property_span("within"),
                            "minutes for an approval");
            limits.at_most("approval_minutes_max", minutes, element->property_span("within"),
                           "minutes for an approval");
          } else {
            const auto minutes = static_cast<size_t>((element->timeout.seconds + 59) / 60);
            limits.at_most("timeout_minutes_max", minutes, element->property_span("timeout"),
                           "minutes for an element");
          }
        }
      }
      size_t elements = 0;
      for (const sema::Stage& stage : context.graphs.at(&route).stages) {
        elements += stage.elements.size();
        limits.at_most("elements_per_stage", stage.elements.size(), stage.head, "elements in a stage");
      }
      limits.at_most("elements", elements, route.head, "elements in a pipeline");
    }
  }
}

}  // namespace pipec::rules
