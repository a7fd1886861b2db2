// Forms about sources: what is kept where.
#include "compiler/rules/forms/check.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

const sema::Source* holder(const sema::Pipeline& pipeline, const sema::Capability& kind) {
  for (const sema::Source& source : pipeline.sources) {
    if (std::any_of(source.contains.begin(), source.contains.end(),
                    [&](const sema::Capability* contained) { return contained->is(kind); }))
      return &source;
  }
  return nullptr;
}

constexpr std::string_view not_looked_at = "nobody looks into the repository for it";

}  // namespace

void same_source(Check& check) {
  const sema::Capability* first = nullptr;
  for (const sema::Capability* kind : check.capabilities("kinds")) {
    const sema::Source* source = holder(check.pipeline(), *kind);
    if (source == nullptr) continue;
    if (first == nullptr) {
      first = kind;
      continue;
    }
    const sema::Source& other = *holder(check.pipeline(), *first);
    if (source == &other) {
      check.shows({source->head,
                   fmt::format("`{}` and `{}` in the source `{}`", first->name, kind->name, source->name),
                   Grade::declared, std::string(not_looked_at)});
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
  const sema::Source* source = holder(check.pipeline(), kind);
  for (const Placed& placed : check.elements(check.capabilities("capabilities"))) {
    const sema::Element& element = placed.element;
    if (source == nullptr) {
      check.breaks(element.head,
                   fmt::format("`{}` needs `{}`, which no source holds", element.id, kind.name));
    } else {
      check.shows({element.head, fmt::format("`{}` in the source `{}`", kind.name, source->name),
                   Grade::declared, std::string(not_looked_at)});
    }
  }
}

}  // namespace pipec::rules::forms
