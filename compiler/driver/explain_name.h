// `pipec explain FILE NAME` of what is no element: stages, environments, sources, groups, and words.
#pragma once

#include "compiler/frontend/compilation.h"

#include <optional>
#include <set>
#include <span>
#include <string>

namespace pipec::driver {

// The page of each thing of that name; nothing when the file has none, nor the standard library.
// What could have been meant is added to `known`.
std::optional<std::string> explain_name(Compilation& compilation, const std::string& name,
                                        std::span<const StandardFile> library, std::set<std::string>& known);

}  // namespace pipec::driver
