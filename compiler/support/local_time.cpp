#include "compiler/support/local_time.h"

#include "compiler/support/time_zones.h"
#include "compiler/support/window.h"

#include <array>
#include <cstdlib>

#include <fmt/core.h>

namespace pipec {
namespace {

bool is_known(const std::string& zone) { return has_zone(zone).value_or(false); }

// The C library converts to one zone at a time, the one in TZ. Only one thread may ask.
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

// Days that begin with Monday, from those that begin with Sunday.
int from_monday(int day) { return (day + 6) % 7; }

LocalTime from_parts(const std::tm& parts) {
  return {from_monday(parts.tm_wday), parts.tm_hour * 60 + parts.tm_min};
}

std::optional<std::time_t> instant(const Moment& moment) {
  std::tm parts{};
  parts.tm_year = static_cast<int>(moment.day.year()) - 1900;
  parts.tm_mon = static_cast<int>(static_cast<unsigned>(moment.day.month())) - 1;
  parts.tm_mday = static_cast<int>(static_cast<unsigned>(moment.day.day()));
  parts.tm_hour = moment.minute / 60;
  parts.tm_min = moment.minute % 60;
  parts.tm_isdst = -1;
  // Also where there is no database.
  if (moment.zone == "UTC") return ::timegm(&parts);
  if (!is_known(moment.zone)) return std::nullopt;
  const ZoneInForce in_force(moment.zone);
  const std::time_t time = ::mktime(&parts);
  // A time that clocks skip is moved by the C library.
  if (parts.tm_hour * 60 + parts.tm_min != moment.minute) return std::nullopt;
  return time;
}

std::optional<int> number(std::string_view text, size_t at, size_t digits) {
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
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

std::optional<Moment> parse_moment(std::string_view text) {
  constexpr std::string_view form = "2027-03-31 22:30 ";
  if (text.size() <= form.size()) return std::nullopt;
  for (const size_t i : {4, 7, 10, 13, 16}) {
    if (text[i] != form[i]) return std::nullopt;
  }
  const auto year = number(text, 0, 4);
  const auto month = number(text, 5, 2);
  const auto day = number(text, 8, 2);
  const auto hour = number(text, 11, 2);
  const auto minute = number(text, 14, 2);
  if (!year || !month || !day || !hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const std::string_view zone = text.substr(form.size());
  if (!date.ok() || *year < 1970 || !is_zone_name(zone)) return std::nullopt;
  return Moment{date, *hour * 60 + *minute, std::string(zone)};
}

std::string to_string(const Moment& moment) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} {}", static_cast<int>(moment.day.year()),
                     static_cast<unsigned>(moment.day.month()), static_cast<unsigned>(moment.day.day()),
                     moment.minute / 60, moment.minute % 60, moment.zone);
}

std::optional<LocalTime> local_time(const std::string& zone, const Moment& moment) {
  if (zone == moment.zone) {
    const std::chrono::weekday day{std::chrono::sys_days(moment.day)};
    return LocalTime{from_monday(static_cast<int>(day.c_encoding())), moment.minute};
  }
  const auto time = instant(moment);
  return time ? local_time(zone, *time) : std::nullopt;
}

std::optional<std::chrono::year_month_day> day_in_utc(const Moment& moment) {
  const auto time = instant(moment);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::from_time_t(*time));
}

}  // namespace pipec
