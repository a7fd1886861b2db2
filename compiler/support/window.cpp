#include "compiler/support/window.h"

#include <algorithm>
#include <cstddef>

namespace pipec {
namespace {

constexpr int minutes_per_day = 24 * 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> day_of(std::string_view name) {
  constexpr std::array<std::string_view, 7> names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

// Of `08:30`; at most `24:00`.
std::optional<int> minutes_of(std::string_view time) {
  if (time.size() != 5 || time[2] != ':') return std::nullopt;
  for (const size_t i : {0, 1, 3, 4}) {
    if (!is_digit(time[i])) return std::nullopt;
  }
  const auto number = [&](size_t at) { return (time[at] - '0') * 10 + (time[at + 1] - '0'); };
  const int minutes = number(0) * 60 + number(3);
  if (number(3) > 59 || minutes > minutes_per_day) return std::nullopt;
  return minutes;
}

bool mark_days(std::string_view days, std::array<bool, 7>& marked) {
  while (!days.empty()) {
    const size_t comma = std::min(days.find(','), days.size());
    const std::string_view part = days.substr(0, comma);
    days.remove_prefix(std::min(comma + 1, days.size()));
    const size_t dash = part.find('-');
    const auto first = day_of(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : day_of(part.substr(dash + 1));
    if (!first || !last) return false;
    for (int day = *first;; day = (day + 1) % 7) {
      marked[static_cast<size_t>(day)] = true;
      if (day == *last) break;
    }
  }
  return true;
}

}  // namespace

bool Window::is_open(int day, int minute) const {
  const int yesterday = (day + 6) % 7;
  const bool since_today = days[static_cast<size_t>(day)] && minute >= begin && minute < end;
  const bool since_yesterday = days[static_cast<size_t>(yesterday)] && minute + minutes_per_day < end;
  return since_today || since_yesterday;
}

std::optional<Window> parse_window(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  Window window;
  if (!mark_days(text.substr(0, space), window.days)) return std::nullopt;
  const std::string_view hours = text.substr(space + 1);
  const size_t dash = hours.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = minutes_of(hours.substr(0, dash));
  const auto end = minutes_of(hours.substr(dash + 1));
  if (!begin || !end || *begin == *end || *begin == minutes_per_day) return std::nullopt;
  window.begin = *begin;
  window.end = *end > *begin ? *end : *end + minutes_per_day;
  return window;
}

bool is_zone_name(std::string_view text) {
  const auto is_part = [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
           c == '+';
  };
  while (true) {
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_part)) return false;
    if (slash == text.size()) return true;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace pipec
