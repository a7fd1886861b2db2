#include "compiler/ir/ir.h"

namespace pipec::ir {

std::string_view Value::text() const {
  if (const auto* text = as<std::string>()) return *text;
  return constructor();
}

std::string_view Value::constructor() const {
  const auto* constructed = as<Constructed>();
  return constructed == nullptr ? std::string_view() : constructed->constructor;
}

const Value* Value::find(std::string_view argument) const {
  const auto* constructed = as<Constructed>();
  return constructed == nullptr ? nullptr : ir::find(constructed->arguments, argument);
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> found;
  if (const auto* list = as<List>()) {
    for (const Value& item : list->items)
      found.emplace_back(item.text());
  } else {
    found.emplace_back(text());
  }
  return found;
}

const Value* find(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool Route::reaches_production() const {
  for (const Stage& stage : stages) {
    if (stage.production) return true;
  }
  return false;
}

const Route* Pipeline::find_route(RouteKind kind) const {
  for (const Route& route : routes) {
    if (route.kind == kind) return &route;
  }
  return nullptr;
}

}  // namespace pipec::ir
