#include "compiler/support/window.h"

#include "backends/local/runner/window_clock.h"

#include <gtest/gtest.h>

namespace pipec::runner {
namespace {

Window window(const char* text) {
  const auto parsed = parse_window(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Window{});
}

constexpr int hour = 60;

TEST(Window, IsOpenFromItsBeginningUntilBeforeItsEnd) {
  const Window work = window("Mon-Fri 08:00-16:00");
  EXPECT_FALSE(work.is_open(0, 8 * hour - 1));
  EXPECT_TRUE(work.is_open(0, 8 * hour));
  EXPECT_TRUE(work.is_open(4, 16 * hour - 1));
  EXPECT_FALSE(work.is_open(4, 16 * hour));
  EXPECT_FALSE(work.is_open(5, 12 * hour));
}

TEST(Window, MayPassMidnight) {
  const Window night = window("Sat,Sun 22:00-04:00");
  EXPECT_TRUE(night.is_open(5, 23 * hour));
  EXPECT_TRUE(night.is_open(6, 3 * hour));
  // Of the window that opened on Sunday.
  EXPECT_TRUE(night.is_open(0, 3 * hour));
  EXPECT_FALSE(night.is_open(0, 4 * hour));
  EXPECT_FALSE(night.is_open(5, 3 * hour));
  EXPECT_FALSE(night.is_open(0, 23 * hour));
}

TEST(Window, MayWrapAroundTheWeek) {
  const Window window_ = window("Fri-Mon 00:00-24:00");
  for (int day = 0; day < 7; ++day)
    EXPECT_EQ(window_.is_open(day, 12 * hour), day == 0 || day >= 4) << day;
}

TEST(Window, IsRefusedWhenItIsNone) {
  for (const char* text :
       {"", "Mon", " 08:00-16:00", "Mon 08:00", "Mon 8:00-16:00", "Mon 08:00-08:00", "Mon 08:60-09:00",
        "Mon 24:00-25:00", "Mon 24:00-02:00", "Mo 08:00-16:00", "Mon-Fri 08:00-16:00 "}) {
    EXPECT_FALSE(parse_window(text)) << text;
  }
}

TEST(Window, OpensNextAtTheEarliestMinute) {
  const Window work = window("Mon-Fri 08:00-16:00");
  EXPECT_EQ(to_string(*next_opening(work, {5, 10 * hour})), "Mon 08:00");
  EXPECT_EQ(to_string(*next_opening(work, {0, 16 * hour})), "Tue 08:00");
  EXPECT_EQ(to_string(*next_opening(work, {0, 9 * hour})), "Mon 09:00");
  EXPECT_FALSE(next_opening(Window{}, {0, 0}));
}

std::string time_in(const char* zone, std::time_t time) {
  const auto local = local_time(zone, time);
  return local ? to_string(*local) : "unknown";
}

TEST(LocalTime, FollowsTheZone) {
  // 2026-01-15 11:30:00 UTC, a Thursday.
  EXPECT_EQ(time_in("UTC", 1768476600), "Thu 11:30");
  EXPECT_EQ(time_in("Europe/Berlin", 1768476600), "Thu 12:30");
  EXPECT_EQ(time_in("Asia/Kolkata", 1768476600), "Thu 17:00");
  EXPECT_EQ(time_in("Pacific/Auckland", 1768476600), "Fri 00:30");
}

TEST(LocalTime, FollowsSummerTime) {
  // Clocks go forward in Berlin on 2026-03-29 at 01:00 UTC, and back on 2026-10-25 at 01:00 UTC.
  EXPECT_EQ(time_in("Europe/Berlin", 1774745999), "Sun 01:59");
  EXPECT_EQ(time_in("Europe/Berlin", 1774746000), "Sun 03:00");
  EXPECT_EQ(time_in("Europe/Berlin", 1792889999), "Sun 02:59");
  EXPECT_EQ(time_in("Europe/Berlin", 1792890000), "Sun 02:00");
}

TEST(LocalTime, IsUnknownWhereTheZoneIs) {
  EXPECT_EQ(time_in("Europe/Atlantis", 0), "unknown");
  EXPECT_EQ(time_in("../../../etc/passwd", 0), "unknown");
  EXPECT_EQ(time_in("", 0), "unknown");
  // A folder of the database.
  EXPECT_EQ(time_in("Europe", 0), "unknown");
}

TEST(LocalTime, LeavesTheZoneOfTheProcessAlone) {
  ::setenv("TZ", "America/New_York", 1);
  EXPECT_EQ(time_in("Europe/Berlin", 1768476600), "Thu 12:30");
  EXPECT_STREQ(std::getenv("TZ"), "America/New_York");
  ::unsetenv("TZ");
  EXPECT_EQ(time_in("Europe/Berlin", 1768476600), "Thu 12:30");
  EXPECT_EQ(std::getenv("TZ"), nullptr);
}

}  // namespace
}  // namespace pipec::runner
