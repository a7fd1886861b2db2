// Forms about sources: what is kept where.
#include "compiler/rules/forms/check.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

struct Held {
  const sema::Source* source = nullptr;
  const sema::Contained* contained = nullptr;
};

Held holder(const sema::Pipeline& pipeline, const sema::Capability& kind) {
  for (const sema::Source& source : pipeline.sources) {
    if (const sema::Contained* contained = source.find(kind)) return {&source, contained};
  }
  return {};
}

}  // namespace

void same_source(Check& check) {
  const sema::Capability* first = nullptr;
  for (const sema::Capability* kind : check.capabilities("kinds")) {
    const auto [source, contained] = holder(check.pipeline(), *kind);
    if (source == nullptr) continue;
    if (first == nullptr) {
      first = kind;
      continue;
    }
    const sema::Source& other = *holder(check.pipeline(), *first).source;
    if (source == &other) {
      Evidence evidence = evidence_of(check.context(), *source, *contained);
      evidence.what = fmt::format("`{}` and {}", first->name, evidence.what);
      check.shows(std::move(evidence));
    } else {
      check
          .breaks(source->head, fmt::format("`{}` is in the source `{}`, `{}` in `{}`", kind->name,
                                            source->name, first->name, other.name))
          .labels.push_back({other.head, fmt::format("holds `{}`", first->name)});
    }
  }
}

void needs_source(Check& check) {
  const sema::Capability& kind = *check.capabilities("kind").front();
  const auto [source, contained] = holder(check.pipeline(), kind);
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const sema::Element& element = placed.element;
    if (source == nullptr) {
      check.breaks(element.head,
                   fmt::format("`{}` needs `{}`, which no source holds", element.id, kind.name));
    } else {
      Evidence evidence = evidence_of(check.context(), *source, *contained);
      evidence.at = element.head;
      check.shows(std::move(evidence));
    }
  }
}

}  // namespace pipec::rules::forms
