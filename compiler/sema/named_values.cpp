#include "compiler/sema/named_values.h"

namespace pipec::sema {

const Value* find(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name && !value.is_error()) return &value;
  }
  return nullptr;
}

std::optional<Value> optional_of(const NamedValues& values, std::string_view name) {
  const Value* value = find(values, name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::string text_of(const NamedValues& values, std::string_view name) {
  const Value* value = find(values, name);
  return value == nullptr ? std::string() : value->text();
}

std::vector<std::string> texts_of(const NamedValues& values, std::string_view name) {
  std::vector<std::string> texts;
  if (const Value* list = find(values, name)) {
    for (const Value& item : list->items())
      texts.push_back(item.text());
  }
  return texts;
}

bool bool_of(const NamedValues& values, std::string_view name) {
  const Value* value = find(values, name);
  const auto* boolean = value == nullptr ? nullptr : value->as<bool>();
  return boolean != nullptr && *boolean;
}

}  // namespace pipec::sema
