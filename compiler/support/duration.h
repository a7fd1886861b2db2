// A length of time in whole seconds, as the language writes it: `90s 5m 2h 1d 1h30m`.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace pipec {

struct Duration {
  int64_t seconds = 0;

  static constexpr Duration minutes(int64_t n) { return {n * 60}; }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {seconds + other.seconds}; }
  constexpr Duration operator-(Duration other) const { return {seconds - other.seconds}; }
  constexpr Duration operator*(int64_t n) const { return {seconds * n}; }
  constexpr Duration& operator+=(Duration other) {
    seconds += other.seconds;
    return *this;
  }
};

// The shortest spelling that the language reads back as the same value; `0s` for nothing.
std::string to_string(Duration duration);

}  // namespace pipec
