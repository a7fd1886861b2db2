// What time it is somewhere else.
#pragma once

#include "compiler/support/window.h"

#include <ctime>
#include <optional>
#include <string>

namespace pipec::runner {

struct LocalTime {
  // 0 is Monday.
  int day = 0;
  // Of the day.
  int minute = 0;
};

// `Sat 10:05`
std::string to_string(const LocalTime& time);

// Nothing when the machine's time zone database does not have the zone.
std::optional<LocalTime> local_time(const std::string& zone, std::time_t now);

// The next minute of the week, from `now` on, at which the window is open; nothing when it never is.
std::optional<LocalTime> next_opening(const Window& window, LocalTime now);

}  // namespace pipec::runner
