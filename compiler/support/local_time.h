// What time it is somewhere else, by the machine's time zone database.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace pipec {

// A time of the week.
struct LocalTime {
  // 0 is Monday.
  int day = 0;
  // Of the day.
  int minute = 0;
};

// `Sat 10:05`
std::string to_string(const LocalTime& time);

// Nothing when the database does not have the zone.
std::optional<LocalTime> local_time(const std::string& zone, std::time_t now);

// A minute as people say it, with the zone that they mean.
struct Moment {
  std::chrono::year_month_day day;
  int minute = 0;
  std::string zone;
};

// `2027-03-31 22:30 Europe/Berlin`. Nothing when the text is no moment; whether the zone exists is not looked
// at.
std::optional<Moment> parse_moment(std::string_view text);

std::string to_string(const Moment& moment);

// Nothing when the database does not have a zone, or when clocks skip the moment in its zone.
std::optional<LocalTime> local_time(const std::string& zone, const Moment& moment);
std::optional<std::chrono::year_month_day> day_in_utc(const Moment& moment);

}  // namespace pipec
