#include "backends/local/runner/window_clock.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/core.h>

namespace pipec::runner {
namespace {

constexpr int minutes_per_day = 24 * 60;

bool is_known(const std::string& zone) {
  const char* folder = std::getenv("TZDIR");
  const std::filesystem::path path =
      std::filesystem::path(folder == nullptr ? "/usr/share/zoneinfo" : folder) / zone;
  std::error_code error;
  return is_zone_name(zone) && std::filesystem::is_regular_file(path, error);
}

// The C library converts to one zone at a time, the one in TZ. The runner has one thread.
class ZoneInForce {
 public:
  explicit ZoneInForce(const std::string& zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
  }
  ZoneInForce(const ZoneInForce&) = delete;
  ZoneInForce& operator=(const ZoneInForce&) = delete;
  ~ZoneInForce() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

LocalTime from_parts(const std::tm& parts) {
  return {(parts.tm_wday + 6) % 7, parts.tm_hour * 60 + parts.tm_min};
}

}  // namespace

std::string to_string(const LocalTime& time) {
  constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return fmt::format("{} {:02}:{:02}", days[static_cast<size_t>(time.day)], time.minute / 60,
                     time.minute % 60);
}

std::optional<LocalTime> local_time(const std::string& zone, std::time_t now) {
  std::tm parts{};
  if (zone == "UTC") {
    // Also where there is no database.
    ::gmtime_r(&now, &parts);
    return from_parts(parts);
  }
  // An unknown zone would be taken for UTC.
  if (!is_known(zone)) return std::nullopt;
  const ZoneInForce in_force(zone);
  ::localtime_r(&now, &parts);
  return from_parts(parts);
}

std::optional<LocalTime> next_opening(const Window& window, LocalTime now) {
  for (int i = 0; i < 7 * minutes_per_day; ++i) {
    if (window.is_open(now.day, now.minute)) return now;
    now.minute = (now.minute + 1) % minutes_per_day;
    if (now.minute == 0) now.day = (now.day + 1) % 7;
  }
  return std::nullopt;
}

}  // namespace pipec::runner
