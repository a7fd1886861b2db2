// A checkout of its own for an element that is one of several which write the same files.
#pragma once

#include <optional>
#include <string>

namespace pipec::runner {

// Copies everything below `root` to `to`, which must not exist: files with their modes and times, links as
// links, the repository too. `.pipec` at the top stays out, sockets and pipes do. The error in words.
std::optional<std::string> copy_checkout(const std::string& root, const std::string& to);

}  // namespace pipec::runner
