// Whether what was emitted refines what was asked for: every element is there, does what it should and waits
// for what it should. Whatever a platform orders in addition is listed, never hidden.
#pragma once

#include "backends/backend.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends {

struct Refinement {
  // Differences that must not be: each is a defect of the backend.
  std::vector<std::string> defects;
  // Orders that the platform adds, as it was planned: numbered levels, shared executions.
  struct Extra {
    std::string route;
    std::string before;
    std::string after;
  };
  std::vector<Extra> extra;
};

// `target`: whose work and schedule is compared. Only the routes that `options` wants are.
Refinement refine(const ir::Pipeline& asked, std::string_view target, const EmitOptions& options,
                  const FoundPipeline& found);

}  // namespace pipec::backends
