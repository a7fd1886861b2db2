// How well a rule of a profile is kept: the words for it. Grades are found in compiler/rules/conformance.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pipec::sema {

// The best first.
// `enforced`: the compiler sees to it, or a definition of the standard library knows the tool, and the
// pipeline changes nothing of its command, its building block and what they find. `declared`: the author says
// so. `not_applicable`: a person says that there is nothing of the kind, or the file shows it.
enum class Grade : uint8_t { enforced, declared, attested, waived, not_applicable, missing };

// As a file writes them, in the order of the grades.
inline constexpr auto grades = std::to_array<std::string_view>(
    {"enforced", "declared", "attested", "waived", "not_applicable", "missing"});

// As people read it.
constexpr std::string_view to_string(Grade grade) {
  return grade == Grade::not_applicable ? "not applicable" : grades.at(static_cast<size_t>(grade));
}

}  // namespace pipec::sema
