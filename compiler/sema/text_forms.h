// The forms of special texts: account numbers, cron expressions, windows, addresses.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace pipec::sema {

// What is wrong with `text` as an account number, in words; nothing when it is one.
std::optional<std::string> account_mistake(std::string_view text);
// Five fields: minute, hour, day of month, month, day of week.
std::optional<std::string> cron_mistake(std::string_view text);
// `Mon-Fri 08:00-16:00`: days as a range or a list, then a span of time that may pass midnight.
std::optional<std::string> window_mistake(std::string_view text);
std::optional<std::string> url_mistake(std::string_view text);

// When a window is open: the days (0 is Monday) and the minutes of the day, the end exclusive and beyond 1440
// when it passes midnight.
struct Window {
  std::array<bool, 7> days{};
  int begin = 0;
  int end = 0;
};
std::optional<Window> parse_window(std::string_view text);

}  // namespace pipec::sema
