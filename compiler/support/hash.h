// Content hashes.
#pragma once

#include <string>
#include <string_view>

namespace pipec {

// SHA-256 in lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace pipec
