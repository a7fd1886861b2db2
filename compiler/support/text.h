// Text helpers that several layers share.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipec {

// The candidate a person most likely meant by `word`, or nothing when none is near. Nearness is the
// Damerau-Levenshtein distance, at most a third of the word's length (at least 1).
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

// "`a`, `b` and `c`"; at most `limit` items are named, the rest are counted.
std::string quoted_list(std::span<const std::string> items, std::string_view conjunction = "and",
                        size_t limit = 8);

std::string join(std::span<const std::string> items, std::string_view separator);

// With small letters in place of capitals, of ASCII.
std::string lower_case(std::string_view text);

// "1 stage", "2 stages".
std::string counted(size_t count, std::string_view noun);

std::vector<std::string_view> split_lines(std::string_view text);
// The lines would outlive their text.
std::vector<std::string_view> split_lines(std::string&& text) = delete;

}  // namespace pipec
