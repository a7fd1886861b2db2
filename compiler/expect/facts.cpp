#include "compiler/expect/facts.h"

#include <algorithm>
#include <functional>

namespace pipec::expect {
namespace {

using sema::Element;
using sema::Space;
using sema::Subject;
using sema::Value;

class Names {
 public:
  explicit Names(Space space) : space_(space) {}

  void add(std::string_view name) {
    const bool known =
        std::any_of(values_.begin(), values_.end(), [&](const Value& value) { return value.text() == name; });
    if (!known) values_.push_back(sema::make_value({}, sema::ReferenceValue{space_, std::string(name)}));
  }
  Value list() { return sema::make_list({}, std::move(values_)); }

 private:
  Space space_;
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
  Names names(Space::element);
  for_each_element(route, [&](const sema::Stage&, const Element& element) {
    if (!kind || element.kind == *kind) names.add(element.id);
  });
  return names.list();
}

Value reference(const sema::Group& group) {
  return sema::make_value({}, sema::ReferenceValue{Space::group, std::string(group.name)});
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
  Names names(subject == Subject::stages         ? Space::stage
              : subject == Subject::environments ? Space::environment
                                                 : Space::group);
  if (subject == Subject::stages) {
    for (const sema::Stage& stage : route.stages)
      names.add(stage.name);
    return names.list();
  }
  for_each_element(route, [&](const sema::Stage& stage, const Element& element) {
    if (subject == Subject::approvers && element.approvers != nullptr) names.add(element.approvers->name);
    const bool deploys = element.kind == ast::ElementKind::deploy && stage.environment != nullptr;
    if (subject == Subject::environments && deploys) names.add(stage.environment->name);
  });
  return names.list();
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
