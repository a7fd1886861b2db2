#include "compiler/sema/profile_origin.h"

#include "compiler/diag/kinds/profiles.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {
namespace {

// The words of a text, without their case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = std::isalnum(byte) != 0;
    if (letter && !inside) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(byte));
    inside = letter;
  }
  return words;
}

}  // namespace

void check_origin(const NamedValues& values, const Entity& owner, Declarations& declarations) {
  const Value* origin = find(values, "origin");
  if (owner.module->standard || origin == nullptr || origin->is_error()) return;
  const std::vector<std::string> words = words_of(origin->text());
  const Value claimed = declarations.prelude_constant("standard_origins");
  for (const Value& one : claimed.items()) {
    const std::vector<std::string> name = words_of(one.text());
    if (std::search(words.begin(), words.end(), name.begin(), name.end()) == words.end()) continue;
    declarations.sink()
        .report(diag::origin_reserved, origin->span, origin->text())
        .note("name your organisation, or the team");
    return;
  }
}

}  // namespace pipec::sema
