// What the properties of a declaration say, once they are bound to their schema.
#pragma once

#include "compiler/sema/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

// The text of a property; empty when it is not set.
inline std::string string_of(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name && value.as<TextValue>() != nullptr) return value.text();
  }
  return {};
}

// The texts of a list; empty when it is not set.
inline std::vector<std::string> strings_of(const NamedValues& values, std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : values) {
    if (key != name) continue;
    for (const Value& item : value.items())
      texts.push_back(item.text());
  }
  return texts;
}

// Null when it is not set.
template <class T>
const T* get_if(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value.template as<T>();
  }
  return nullptr;
}

}  // namespace pipec::sema
