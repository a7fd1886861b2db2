// Windows of the week, such as `Mon-Fri 08:00-16:00`: when something may happen.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace pipec {

// The days on which it opens (0 is Monday) and the minutes of the day, the end exclusive and beyond 1440 when
// it passes midnight.
struct Window {
  std::array<bool, 7> days{};
  int begin = 0;
  int end = 0;

  // `day`: 0 is Monday. `minute`: of that day. A window that passes midnight belongs to the day on
  // which it opens.
  bool is_open(int day, int minute) const;
};

// Days as a range or a list, then a span of time: `Sat,Sun 22:00-04:00`. Nothing when the text is no window.
std::optional<Window> parse_window(std::string_view text);

// Whether the text has the form of a name of the IANA time zone database: `Europe/Berlin`. Such a name cannot
// leave the database's folder.
bool is_zone_name(std::string_view text);

}  // namespace pipec
