#include "compiler/rules/forms/check.h"

#include "compiler/support/text.h"

#include <algorithm>

namespace pipec::rules::forms {

const Capabilities& Check::capabilities(std::string_view name) const {
  static const Capabilities none;
  const auto found = rule_.capabilities.find(name);
  return found == rule_.capabilities.end() ? none : found->second;
}

std::vector<std::string> Check::words(std::string_view name) const {
  std::vector<std::string> words;
  const sema::Value* value = argument(name);
  if (value == nullptr) return words;
  const auto add = [&](const sema::Value& item) {
    if (const auto* member = item.as<sema::MemberValue>()) {
      words.push_back(member->name);
    } else if (const auto* reference = item.as<sema::ReferenceValue>()) {
      words.push_back(reference->name);
    } else {
      words.push_back(item.text());
    }
  };
  if (value->as<sema::ListValue>() == nullptr) {
    add(*value);
  } else {
    for (const sema::Value& item : value->items())
      add(item);
  }
  return words;
}

std::vector<const sema::Role*> Check::roles(std::string_view name) const {
  std::vector<const sema::Role*> roles;
  for (const std::string& role : words(name))
    roles.push_back(pipeline().profile->find_role(role));
  return roles;
}

bool Check::flag(std::string_view name) const { return *argument(name)->as<bool>(); }
int64_t Check::number(std::string_view name) const { return *argument(name)->as<int64_t>(); }
Duration Check::duration(std::string_view name) const { return *argument(name)->as<Duration>(); }

std::vector<const sema::Stage*> Check::stages() const {
  std::vector<const sema::Role*> wanted = roles("roles");
  if (wanted.empty() && role_ != nullptr) wanted.push_back(role_);
  std::vector<const sema::Stage*> found;
  for (const sema::Stage& stage : trunk().stages) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), stage.role) != wanted.end())
      found.push_back(&stage);
  }
  return found;
}

std::vector<Placed> Check::elements() const {
  std::vector<Placed> found;
  for (const sema::Stage* stage : stages()) {
    const auto index = static_cast<size_t>(stage - trunk().stages.data());
    for (size_t i = 0; i < stage->elements.size(); ++i)
      found.push_back({*stage->elements[i], *stage, {index, i}});
  }
  return found;
}

std::vector<Placed> Check::elements(const Capabilities& capabilities) const {
  std::vector<Placed> found = elements();
  std::vector<Placed> fulfilling;
  for (const Placed& placed : found) {
    if (fulfils(placed.element, capabilities)) fulfilling.push_back(placed);
  }
  return fulfilling;
}

void Check::shows(Evidence evidence) { evidence_.push_back(std::move(evidence)); }

Violation& Check::breaks(Span at, std::string what) {
  return violations_.emplace_back(Violation{at, std::move(what), {}});
}

void Check::breaks(const sema::Element& element, std::string_view property, std::string what) {
  Violation& violation = breaks(place_of(element, property), std::move(what));
  violation.element = &element;
  violation.property = property;
}

Span place_of(const sema::Element& element, std::string_view property) {
  const auto settings = element.settings.find(property);
  const bool own = settings != element.settings.end() && !settings->second.back().by_definition;
  return own ? settings->second.back().span : element.head;
}

bool fulfils(const sema::Element& element, const Capabilities& capabilities) {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [&](const sema::Capability* capability) { return element.fulfils(*capability); });
}

std::string titles(const Capabilities& capabilities) {
  std::vector<std::string> names;
  for (const sema::Capability* capability : capabilities)
    names.push_back(capability->title);
  return join(names, " or ");
}

}  // namespace pipec::rules::forms
