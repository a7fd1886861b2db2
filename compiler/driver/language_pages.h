// The pages of the language itself: its keywords, and the properties that parts of files have.
#pragma once

#include "compiler/frontend/standard_library.h"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace pipec::driver {

// The pages of the keyword and of the properties that are called `name`; empty when there are none. `known`
// gets what there is.
std::vector<std::string> language_pages(const std::string& name, std::span<const StandardFile> library,
                                        std::set<std::string>& known);

}  // namespace pipec::driver
