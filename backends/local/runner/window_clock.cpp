#include "backends/local/runner/window_clock.h"

namespace pipec::runner {

std::optional<LocalTime> next_opening(const Window& window, LocalTime now) {
  constexpr int minutes_per_day = 24 * 60;
  for (int i = 0; i < 7 * minutes_per_day; ++i) {
    if (window.is_open(now.day, now.minute)) return now;
    now.minute = (now.minute + 1) % minutes_per_day;
    if (now.minute == 0) now.day = (now.day + 1) % 7;
  }
  return std::nullopt;
}

}  // namespace pipec::runner
