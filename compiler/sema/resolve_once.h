// What the declarations of one kind share: each is resolved when it is first asked for.
#pragma once

#include "compiler/sema/declarations.h"

#include <memory>
#include <unordered_map>

namespace pipec::sema {

// What `build` makes of `entity`, made once and kept in `table`. Null, with a report, while it is being
// built: the declaration refers to itself.
template <class T, class Build>
const T* resolve_once(std::unordered_map<const Entity*, std::unique_ptr<T>>& table, const Entity& entity,
                      DiagnosticSink& sink, Build build) {
  const auto [slot, first] = table.try_emplace(&entity);
  if (!first) {
    if (slot->second == nullptr) sink.report(diag::circular_definition, entity.span, entity.name);
    return slot->second.get();
  }
  auto built = build(entity);
  T* result = built.get();
  table[&entity] = std::move(built);
  return result;
}

}  // namespace pipec::sema
