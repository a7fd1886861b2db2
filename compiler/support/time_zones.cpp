#include "compiler/support/time_zones.h"

#include "compiler/support/window.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace pipec {
namespace {

namespace fs = std::filesystem;

fs::path database() {
  const char* folder = std::getenv("TZDIR");
  return folder == nullptr ? "/usr/share/zoneinfo" : folder;
}

// RFC 9636, "The TZif Format": what such a file begins with. The database holds tables, too.
bool is_zone_file(const fs::path& path) {
  constexpr std::string_view magic = "TZif";
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::array<char, magic.size()> begin{};
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), begin.size()) && std::string_view(begin.data(), begin.size()) == magic;
}

}  // namespace

std::optional<bool> has_zone(const std::string& zone) {
  if (zone == "UTC" || (is_zone_name(zone) && is_zone_file(database() / zone))) return true;
  // The table of all zones: without it the folder may hold just the zone of the machine.
  std::error_code error;
  if (!fs::is_regular_file(database() / "zone.tab", error)) return std::nullopt;
  return false;
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator entry(database(), error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(database()).string();
    // The whole database again, with and without leap seconds.
    if (name == "posix" || name == "right") {
      entry.disable_recursion_pending();
    } else if (is_zone_name(name) && is_zone_file(entry->path())) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace pipec
