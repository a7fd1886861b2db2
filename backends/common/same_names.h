// Names that are joined from several, as `PIPELINE-ROUTE`, may become the same although those differ.
#pragma once

#include "backends/backend.h"

#include <vector>

namespace pipec::backends {

// "the route `trunk` of `mill`", and the like.
std::string owner_of(std::string_view what, std::string_view name, const ir::Pipeline& pipeline);

// Reports every name that two owners would take, once for each pair of owners, at the one that comes later.
void report_same_names(const std::vector<TakenName>& names, DiagnosticSink& sink);

}  // namespace pipec::backends
