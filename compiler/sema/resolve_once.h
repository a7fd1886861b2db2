// What the declarations of one kind share: each is resolved when it is first asked for.
#pragma once

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/declarations.h"

#include <memory>
#include <unordered_map>

namespace pipec::sema {

// What `build` makes of `entity`, made once and kept in `table`. Null, with a report, while it is being
// built: the declaration refers to itself; and when too many others wait for it: then it is the first of a
// chain that could exhaust the stack. `waiting` is how many.
template <class T, class Build>
const T* resolve_once(std::unordered_map<const Entity*, std::unique_ptr<T>>& table, const Entity& entity,
                      DiagnosticSink& sink, size_t& waiting, Build build) {
  const auto known = table.find(&entity);
  if (known != table.end()) {
    if (known->second == nullptr) sink.report(diag::circular_definition, entity.span, entity.name);
    return known->second.get();
  }
  if (waiting >= max_chain) {
    sink.report(diag::chain_too_long, entity.span, entity.name, static_cast<int>(max_chain));
    return nullptr;
  }
  table.try_emplace(&entity);
  ++waiting;
  auto built = build(entity);
  --waiting;
  T* result = built.get();
  table[&entity] = std::move(built);
  return result;
}

}  // namespace pipec::sema
