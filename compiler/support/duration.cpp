#include "compiler/support/duration.h"

#include <array>
#include <utility>

namespace pipec {

std::string to_string(Duration duration) {
  constexpr std::array<std::pair<int64_t, char>, 4> units{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  if (duration.seconds == 0) return "0s";
  std::string text;
  int64_t rest = duration.seconds;
  if (rest < 0) {
    text = "-";
    rest = -rest;
  }
  for (const auto& [size, unit] : units) {
    if (rest < size) continue;
    text += std::to_string(rest / size) + unit;
    rest %= size;
  }
  return text;
}

}  // namespace pipec
