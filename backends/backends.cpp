#include "backends/backend.h"

#include <algorithm>

namespace pipec::backends {

#define PIPEC_BACKEND(NAME) const Backend& NAME##_backend();
#include "backends/backends.def"
#undef PIPEC_BACKEND

const Backend* find_backend(std::string_view name) {
#define PIPEC_BACKEND(NAME) \
  if (name == #NAME) return &NAME##_backend();
#include "backends/backends.def"
#undef PIPEC_BACKEND
  return nullptr;
}

bool EmitOptions::wants(const ir::Route& route) const {
  if (routes.empty()) return true;
  const auto named = [&](std::string_view name) {
    return std::find(routes.begin(), routes.end(), name) != routes.end();
  };
  // The backfill belongs to the hotfix.
  return named(route.name) || (route.kind == ir::RouteKind::backfill && named("hotfix"));
}

}  // namespace pipec::backends
