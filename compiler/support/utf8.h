// UTF-8, as Unicode 15, table 3-7 defines what is well-formed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pipec {

// The length of the well-formed sequence at `offset`, or 0.
size_t sequence_length(std::string_view text, size_t offset);

// The offset of the first byte that is not well-formed UTF-8 (surrogates and overlong forms included).
std::optional<size_t> first_invalid_utf8(std::string_view text);

// The character that starts at `offset` of well-formed text.
char32_t character_at(std::string_view text, size_t offset);

// The bidirectional control characters, with which a text can be shown in another order than it is read
// (Unicode Technical Report 36, "Trojan Source").
bool is_bidi_control(char32_t character);

// "U+202E"
std::string code_point_name(char32_t character);

}  // namespace pipec
