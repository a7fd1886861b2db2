// The zones of the machine's time zone database: `TZDIR`, otherwise where systems have it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pipec {

// False when the database does not have the zone; nothing when the machine has no database. Every machine
// knows `UTC`.
std::optional<bool> has_zone(const std::string& zone);

// The zones of the database, in the order of their names.
std::vector<std::string> zone_names();

}  // namespace pipec
