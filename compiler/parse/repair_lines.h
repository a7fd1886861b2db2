// What the repairs of texts and values read in the same way.
#pragma once

#include "compiler/parse/repair.h"

#include <string_view>

namespace pipec::parse {

inline constexpr std::string_view blanks = " \t\r";
inline constexpr const char* lines_need_quotes =
    "a text of several lines stands between `\"\"\"` and `\"\"\"`, each at the end or the start of a line";

// `=` or `:`.
bool sets(size_t type);
std::string_view trimmed(std::string_view line);
// The line of a property `name: value`, and not of an element `gate unit: unit_tests`.
bool is_key(const std::vector<TokenPtr>& tokens, size_t colon);
// Whether the last of them sets a property.
bool sets_value(const std::vector<TokenPtr>& tokens);

}  // namespace pipec::parse
