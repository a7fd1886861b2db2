// What an element, a stage or a profile says by name. A value in error, which was reported, counts as not
// said.
#pragma once

#include "compiler/sema/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

// Null when it is not said.
const Value* find(const NamedValues& values, std::string_view name);
std::optional<Value> optional_of(const NamedValues& values, std::string_view name);
// A text, or the name of what is said; empty when nothing is.
std::string text_of(const NamedValues& values, std::string_view name);
// Of a list; empty when it is not said.
std::vector<std::string> texts_of(const NamedValues& values, std::string_view name);
// False when it is not said.
bool bool_of(const NamedValues& values, std::string_view name);

}  // namespace pipec::sema
