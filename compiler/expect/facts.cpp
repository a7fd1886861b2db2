#include "compiler/expect/facts.h"

#include <algorithm>
#include <functional>

namespace pipec::expect {
namespace {

using sema::Element;
using sema::Space;
using sema::Subject;
using sema::Value;

Value reference(Space space, std::string_view name) {
  return sema::make_value({}, sema::ReferenceValue{space, std::string(name)});
}

Value reference(const sema::Group& group) {
  return sema::make_value({}, sema::ReferenceValue{Space::group, std::string(group.name), group.entity});
}

// References, each once.
class References {
 public:
  void add(Value reference) {
    const bool known = std::any_of(values_.begin(), values_.end(),
                                   [&](const Value& value) { return sema::same(value, reference); });
    if (!known) values_.push_back(std::move(reference));
  }
  Value list() { return sema::make_list({}, std::move(values_)); }

 private:
  std::vector<Value> values_;
};

void for_each_element(const sema::Route& route,
                      const std::function<void(const sema::Stage&, const Element&)>& visit) {
  for (const sema::Stage& stage : route.stages) {
    for (const auto& element : stage.elements)
      visit(stage, *element);
  }
}

Value elements(const sema::Route& route, std::optional<ast::ElementKind> kind) {
  std::vector<Value> found;
  for_each_element(route, [&](const sema::Stage&, const Element& element) {
    if (!kind || element.kind == *kind) found.push_back(reference(Space::element, element.id));
  });
  return sema::make_list({}, std::move(found));
}

}  // namespace

Value fact(const sema::Test& test, Subject subject) {
  const sema::Route& route = *test.route;
  switch (subject) {
    case Subject::route:
      return sema::make_value({}, sema::MemberValue{route.name, nullptr});
    case Subject::incident:
      return sema::make_value({}, sema::TextValue{sema::TypeKind::string, test.incident, false});
    case Subject::elements:
      return elements(route, std::nullopt);
    case Subject::actions:
      return elements(route, ast::ElementKind::action);
    case Subject::gates:
      return elements(route, ast::ElementKind::gate);
    case Subject::approvals:
      return elements(route, ast::ElementKind::approval);
    case Subject::deployments:
      return elements(route, ast::ElementKind::deploy);
    default:
      break;
  }
  References found;
  for (const sema::Stage& stage : route.stages) {
    if (subject == Subject::stages) found.add(reference(Space::stage, stage.name));
  }
  for_each_element(route, [&](const sema::Stage& stage, const Element& element) {
    if (subject == Subject::approvers && element.approvers != nullptr)
      found.add(reference(*element.approvers));
    const bool deploys = element.kind == ast::ElementKind::deploy && stage.environment != nullptr;
    if (subject == Subject::environments && deploys)
      found.add(reference(Space::environment, stage.environment->name));
  });
  return found.list();
}

std::optional<Value> property(const Element& element, std::string_view name) {
  if (name == "timeout" && element.kind != ast::ElementKind::approval)
    return sema::make_value({}, element.timeout);
  if (name == "final") return sema::make_value({}, element.final);
  if (name == "approvers" && element.approvers != nullptr) return reference(*element.approvers);
  if (name == "waves" && !element.waves.empty()) {
    std::vector<Value> waves;
    for (const std::vector<std::string>& wave : element.waves) {
      std::vector<Value> regions;
      for (const std::string& region : wave)
        regions.push_back(sema::make_value(
            {}, sema::ConstructedValue{nullptr, region, std::make_shared<const sema::NamedValues>()}));
      waves.push_back(sema::make_list({}, std::move(regions)));
    }
    return sema::make_list({}, std::move(waves));
  }
  const Value* value = element.property(name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

}  // namespace pipec::expect
