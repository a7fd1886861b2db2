#include "compiler/sema/model.h"

#include "compiler/support/counters.h"

#include <algorithm>

namespace pipec::sema {

const Contained* Source::find(const Capability& kind) const {
  for (const Contained& contained : contains) {
    if (contained.kind->is(kind)) return &contained;
  }
  return nullptr;
}

const Value* Element::property(std::string_view name) const {
  for (const auto& [key, value] : properties) {
    if (key == name) return &value;
  }
  return nullptr;
}

const Value* Element::property_on(std::string_view target, std::string_view name) const {
  const auto lowering = lowerings.find(target);
  if (lowering != lowerings.end()) {
    for (const auto& [key, value] : lowering->second.properties) {
      if (key == name) return &value;
    }
  }
  return property(name);
}

bool Element::has_services_on(std::string_view target) const {
  const Value* services = property_on(target, "services");
  return services != nullptr && !services->entries().empty();
}

Span Element::property_span(std::string_view name) const {
  const auto found = settings.find(name);
  return found == settings.end() || found->second.empty() ? head : found->second.back().span;
}

const Value* Element::text_property(TypeKind type) const {
  for (const auto& [name, value] : properties) {
    const auto* text = value.as<TextValue>();
    if (text != nullptr && text->type == type) return &value;
  }
  return nullptr;
}

bool Element::uses(std::string_view artifact) const {
  return std::any_of(consumes.begin(), consumes.end(),
                     [&](const ArtifactUse& use) { return use.artifact == artifact; });
}

bool Element::fulfils(const Capability& capability) const {
  ++counters.judgements;
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [&](const Capability* own) { return own->is(capability); });
}

bool Element::checks() const {
  return kind == ast::ElementKind::gate &&
         (capabilities.empty() ||
          std::any_of(capabilities.begin(), capabilities.end(),
                      [](const Capability* capability) { return capability->checks; }));
}

Duration Element::guaranteed_time() const {
  if (kind == ast::ElementKind::approval) return {};
  const auto count = static_cast<int64_t>(std::max<size_t>(waves.size(), 1));
  return timeout * count * (1 + retries) + backoff * retries + wave_bake * (count - 1);
}

Duration Element::typical_time() const {
  if (kind == ast::ElementKind::approval) return {};
  const auto count = static_cast<int64_t>(std::max<size_t>(waves.size(), 1));
  return typical.value_or(timeout) * count + wave_bake * (count - 1);
}

bool Stage::can_begin() const {
  return std::any_of(elements.begin(), elements.end(), [](const auto& element) {
    return !element->always && element->kind != ast::ElementKind::approval;
  });
}

bool Stage::asks() const {
  return std::any_of(elements.begin(), elements.end(),
                     [](const auto& element) { return element->is_approval(); });
}

const Element* Stage::find(std::string_view name) const {
  for (const auto& element : elements) {
    if (element->name == name) return element.get();
  }
  return nullptr;
}

void Route::index() {
  index_.clear();
  for (size_t stage = 0; stage < stages.size(); ++stage) {
    for (size_t element = 0; element < stages[stage].elements.size(); ++element)
      index_.emplace(stages[stage].elements[element]->id, Position{stage, element});
  }
}

std::optional<Route::Position> Route::find(std::string_view id) const {
  const auto known = index_.find(std::string(id));
  if (known != index_.end()) {
    const auto [stage, element] = known->second;
    ++counters.searches;
    const bool there = stage < stages.size() && element < stages[stage].elements.size();
    if (there && stages[stage].elements[element]->id == id) return known->second;
  }
  for (size_t stage = 0; stage < stages.size(); ++stage) {
    const auto& elements = stages[stage].elements;
    for (size_t element = 0; element < elements.size(); ++element) {
      ++counters.searches;
      if (elements[element]->id == id) return Position{stage, element};
    }
  }
  return std::nullopt;
}

bool Route::precedes(Position a, Position b) const {
  if (a.stage != b.stage) return a.stage < b.stage;
  return stages[a.stage].order.precedes(a.element, b.element);
}

std::string_view Pipeline::missing_setting(const Target& target) const {
  const auto given = settings.find(target.name);
  for (const Parameter& parameter : target.settings) {
    if (parameter.type->optional || parameter.default_value != nullptr) continue;
    const bool found = given != settings.end() &&
                       std::any_of(given->second.begin(), given->second.end(),
                                   [&](const auto& setting) { return setting.first == parameter.name; });
    if (!found) return parameter.name;
  }
  return {};
}

const Route* Pipeline::find_route(RouteKind kind) const {
  for (const Route& route : routes) {
    if (route.kind == kind) return &route;
  }
  return nullptr;
}

bool is_same_place(const Environment& one, const Environment& other) {
  if (&one == &other || one.account.empty() || one.account != other.account) return false;
  return std::any_of(one.regions.begin(), one.regions.end(), [&](const std::string& region) {
    return std::find(other.regions.begin(), other.regions.end(), region) != other.regions.end();
  });
}

}  // namespace pipec::sema
