// How sources are named in what is emitted, and which of them are gone.
#pragma once

#include "compiler/frontend/file_system.h"

#include <functional>
#include <string>

namespace pipec::driver {

// The path below the git repository that the file is in; without one the path from here, or the name alone
// where the file is not below.
std::string source_name(FileSystem& files, const std::string& path);

// Whether the source of that name no longer exists. False for all where it cannot be known: `entry`, a
// source, and `folder`, where its outputs are, must be in one git repository, because names are those below a
// repository.
std::function<bool(const std::string& name)> gone_sources(FileSystem& files, const std::string& entry,
                                                          const std::string& folder);

}  // namespace pipec::driver
