// Text on lines of a certain width.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipec {

// The words of `text` on lines of at most `width` bytes; a longer word has a line of its own. One line at
// least.
std::vector<std::string> wrapped(std::string_view text, size_t width);

}  // namespace pipec
