#include "compiler/sema/text_forms.h"

#include "compiler/support/local_time.h"
#include "compiler/support/text.h"
#include "compiler/support/time_zones.h"
#include "compiler/support/window.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> number_in(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

std::optional<std::string> likely_zone(std::string_view text) {
  const std::vector<std::string> zones = zone_names();
  const std::vector<std::string_view> known(zones.begin(), zones.end());
  if (const auto zone = nearest(text, known)) return std::string(*zone);
  return std::nullopt;
}

bool cron_part(std::string_view part, int low, int high) {
  const size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    if (!number_in(part.substr(slash + 1), 1, high)) return false;
    part = part.substr(0, slash);
  }
  if (part == "*") return true;
  const size_t dash = part.find('-');
  if (dash == std::string_view::npos) return number_in(part, low, high).has_value();
  const auto first = number_in(part.substr(0, dash), low, high);
  const auto last = number_in(part.substr(dash + 1), low, high);
  return first && last && *first <= *last;
}

}  // namespace

std::optional<std::string> account_mistake(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_digit)) return "an account number has digits only";
  if (text.size() != 12) return fmt::format("an account number has 12 digits, this has {}", text.size());
  return std::nullopt;
}

std::optional<std::string> cron_mistake(std::string_view text) {
  struct Part {
    std::string_view name;
    int low, high;
  };
  constexpr std::array<Part, 5> parts{{{"a minute", 0, 59},
                                       {"an hour", 0, 23},
                                       {"a day of the month", 1, 31},
                                       {"a month", 1, 12},
                                       {"a day of the week", 0, 6}}};
  size_t index = 0;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    std::string_view field = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (index == parts.size()) return "a cron expression has five fields";
    const Part& part = parts[index++];
    while (true) {
      const size_t comma = field.find(',');
      if (!cron_part(field.substr(0, comma), part.low, part.high)) {
        return fmt::format("`{}` is not {} from {} to {}", field.substr(0, comma), part.name, part.low,
                           part.high);
      }
      if (comma == std::string_view::npos) break;
      field.remove_prefix(comma + 1);
    }
  }
  if (index != parts.size()) return "a cron expression has five fields";
  return std::nullopt;
}

std::optional<std::string> window_mistake(std::string_view text) {
  if (parse_window(text)) return std::nullopt;
  const size_t space = std::min(text.find(' '), text.size());
  const std::string_view days = text.substr(0, space);
  const std::string_view hours = text.substr(std::min(space + 1, text.size()));
  const size_t dash = hours.find('-');
  if (days.empty() || dash == std::string_view::npos)
    return "a window is written `Mon-Fri 08:00-16:00` or `Sat,Sun 22:00-04:00`";
  if (!parse_window(fmt::format("{} 00:00-01:00", days)))
    return fmt::format("`{}` names no days; they are written `Mon-Fri` or `Sat,Sun`", days);
  const std::string_view begin = hours.substr(0, dash);
  const std::string_view end = hours.substr(dash + 1);
  for (const std::string_view time : {begin, end}) {
    const bool known = time == "00:00" || parse_window(fmt::format("Mon 00:00-{}", time)).has_value();
    if (!known) return fmt::format("`{}` is no time of the day, which ends at 24:00", time);
  }
  return begin == end ? "it never opens: it ends when it begins; a whole day is `00:00-24:00`"
                      : "it never opens: a day ends at 24:00";
}

std::optional<std::string> zone_mistake(std::string_view text) {
  if (!is_zone_name(text)) return "a time zone is written as in the time zone database: `Europe/Berlin`";
  if (has_zone(std::string(text)).value_or(true)) return std::nullopt;
  return "the time zone database has no such zone";
}

std::optional<std::string> moment_mistake(std::string_view text) {
  if (const auto moment = parse_moment(text)) return zone_mistake(moment->zone);
  return "a moment is written `2027-03-31 22:30 Europe/Berlin`: a day, a time and a time zone";
}

std::optional<std::string> url_mistake(std::string_view text) {
  if (!text.starts_with("https://")) return "an address begins with `https://`";
  // RFC 3986, without what a shell or a template would read.
  constexpr std::string_view marks = "-._~:/?#[]@!&()*+,;=%";
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
  if (!plain)
    return "an address has no spaces, quotes, `$` and other characters that are to be written as `%XX`";
  return std::nullopt;
}

std::optional<std::string> likely_form(TypeKind type, std::string_view text) {
  std::string meant;
  if (type == TypeKind::account) {
    // As people write it: 1111-2222-3333.
    std::copy_if(text.begin(), text.end(), std::back_inserter(meant),
                 [](char c) { return c != '-' && c != ' '; });
    if (!account_mistake(meant)) return meant;
  }
  if (type == TypeKind::zone) return likely_zone(text);
  if (type == TypeKind::moment) {
    auto moment = parse_moment(text);
    const auto zone = moment ? likely_zone(moment->zone) : std::nullopt;
    if (!zone) return std::nullopt;
    moment->zone = *zone;
    return to_string(*moment);
  }
  constexpr std::string_view insecure = "http://";
  if (type == TypeKind::url && text.starts_with(insecure)) {
    meant = fmt::format("https://{}", text.substr(insecure.size()));
    if (!url_mistake(meant)) return meant;
  }
  return std::nullopt;
}

bool is_literal(TypeKind type, std::string_view text) {
  static const auto form = [](std::string_view expression) { return *Expression::parse(expression); };
  switch (type) {
    case TypeKind::boolean:
      return text == "true" || text == "false";
    case TypeKind::integer: {
      static const Expression integer = form("[0-9]{1,9}");
      return integer.matches(text);
    }
    case TypeKind::duration: {
      static const Expression duration = form("([0-9]{1,6}[smhd])+");
      return duration.matches(text);
    }
    case TypeKind::percent: {
      static const Expression percent = form("[0-9]{1,3}%");
      return percent.matches(text);
    }
    case TypeKind::size: {
      static const Expression size = form("[0-9]{1,6}[KMGT]iB");
      return size.matches(text);
    }
    case TypeKind::date: {
      static const Expression date = form("[0-9]{4}-[0-9]{2}-[0-9]{2}");
      return date.matches(text);
    }
    default:
      return false;
  }
}

}  // namespace pipec::sema
