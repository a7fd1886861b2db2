// The forms of special texts: account numbers, cron expressions, windows, moments, addresses.
#pragma once

#include "compiler/sema/types.h"

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
// `Europe/Berlin`, a zone of the machine's time zone database; just the form where there is no database.
std::optional<std::string> zone_mistake(std::string_view text);
// `2027-03-31 22:30 Europe/Berlin`
std::optional<std::string> moment_mistake(std::string_view text);
std::optional<std::string> url_mistake(std::string_view text);

// What a malformed text of that type was most likely meant to be; nothing when there is no telling.
std::optional<std::string> likely_form(TypeKind type, std::string_view text);

// Whether `text` is how a number, a boolean or a date of that type is written, without quotes.
bool is_literal(TypeKind type, std::string_view text);

}  // namespace pipec::sema
