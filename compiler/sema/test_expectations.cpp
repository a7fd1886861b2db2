// What a test expects: subjects, their types, and the comparisons that fit them.
#include "compiler/diag/kinds/tests.h"
#include "compiler/sema/grade.h"
#include "compiler/sema/test_analysis.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// Facts of a run. The members of a list belong to `space`.
struct Fact {
  std::string_view name;
  Subject subject;
  enum class Shape : uint8_t { route, text, list, duration, grade } shape;
  Space space = Space::element;
};
constexpr auto facts = std::to_array<Fact>({
    {"route", Subject::route, Fact::Shape::route},
    {"incident", Subject::incident, Fact::Shape::text},
    {"stages", Subject::stages, Fact::Shape::list, Space::stage},
    {"elements", Subject::elements, Fact::Shape::list},
    {"actions", Subject::actions, Fact::Shape::list},
    {"gates", Subject::gates, Fact::Shape::list},
    {"approvals", Subject::approvals, Fact::Shape::list},
    {"deployments", Subject::deployments, Fact::Shape::list},
    {"environments", Subject::environments, Fact::Shape::list, Space::environment},
    {"approvers", Subject::approvers, Fact::Shape::list, Space::group},
    {"critical_path", Subject::critical_path, Fact::Shape::duration},
    {"typical_path", Subject::typical_path, Fact::Shape::duration},
    {"findings", Subject::findings, Fact::Shape::list, Space::rule},
    {"grade", Subject::grade, Fact::Shape::grade},
});

const Fact* find_fact(std::string_view name) {
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.name == name; });
  return found == facts.end() ? nullptr : &*found;
}

bool has_order(const Type& type) {
  switch (type.kind) {
    case TypeKind::integer:
    case TypeKind::duration:
    case TypeKind::percent:
    case TypeKind::size:
    case TypeKind::date:
    case TypeKind::severity:
      return true;
    default:
      return false;
  }
}

// The comparisons that a subject of the type has, in words.
std::string_view comparisons_of(const Type& type, bool order) {
  if (order) return "`before`, and a property of the element by its type: `PLACE.PROPERTY`";
  if (type.kind == TypeKind::list) return "`=`, `!=`, `contains` and `lacks`";
  return has_order(type) ? "`=`, `!=`, `<`, `<=`, `>` and `>=`" : "`=` and `!=`";
}

// The path without its last name.
std::string owner_of(const ast::Path& path) {
  std::string text;
  for (size_t i = 0; i + 1 < path.parts.size(); ++i)
    text += (i == 0 ? "" : ".") + std::string(path.parts[i].text);
  return text;
}

}  // namespace

std::optional<Expectation> TestAnalysis::expectation(const ast::Expectation& node, TestNames& names,
                                                     const Test& test) {
  if (node.subject.parts.empty()) return std::nullopt;
  Expectation typed;
  typed.text = node.subject.text();
  typed.comparison = node.comparison;
  typed.span = node.span;
  const Type* type = resolve_subject(node, names, test, typed);
  if (type == nullptr || !comparable(node, *type, typed)) return std::nullopt;
  if (test.event.kind == Event::Kind::none && !is_of_the_file(typed.subject)) {
    sink_.report(diag::no_event, node.subject.span, typed.text);
    return std::nullopt;
  }
  typed.value = evaluator_.evaluate(node.value, *type, scope(names, *test.pipeline));
  if (typed.value.is_error()) return std::nullopt;
  return typed;
}

const Type* TestAnalysis::resolve_subject(const ast::Expectation& node, TestNames& names, const Test& test,
                                          Expectation& expectation) {
  if (find_fact(node.subject.parts.front().text) != nullptr) {
    if (const Type* type = resolve_fact(node, names, test, expectation)) return type;
  }
  if (const auto whole = names.element(expectation.text)) {
    expectation.element = *whole;
    return resolve_element(node, *names.find(*whole, test.route), test, expectation);
  }
  const auto owner = names.element(owner_of(node.subject));
  if (!owner) {
    report_unknown_subject(node, names);
    return nullptr;
  }
  expectation.element = *owner;
  return resolve_property(node, *names.find(*owner, test.route), expectation);
}

// Null when the name of a fact begins the name of something else.
const Type* TestAnalysis::resolve_fact(const ast::Expectation& node, const TestNames& names, const Test& test,
                                       Expectation& expectation) {
  const auto& parts = node.subject.parts;
  const Fact& fact = *find_fact(parts.front().text);
  if (fact.shape == Fact::Shape::grade) {
    if (parts.size() != 2 || !names.rules().contains(parts[1].text)) return nullptr;
    expectation.subject = fact.subject;
    expectation.rule = parts[1].text;
    return declarations_.types().make(
        {.kind = TypeKind::enumeration, .members = {grades.begin(), grades.end()}});
  }
  const bool on_target = parts.size() == 2 && fact.shape == Fact::Shape::duration;
  if (parts.size() != 1 && !on_target) return nullptr;
  if (on_target) {
    expectation.target = declarations_.find_target(parts[1].text);
    if (expectation.target == nullptr) return nullptr;
  }
  expectation.subject = fact.subject;
  TypeTable& types = declarations_.types();
  switch (fact.shape) {
    case Fact::Shape::route: {
      Type routes{.kind = TypeKind::enumeration};
      for (const Route& route : test.pipeline->routes)
        routes.members.push_back(route.name);
      routes.members.push_back("none");
      return types.make(std::move(routes));
    }
    case Fact::Shape::text:
      return types.simple(TypeKind::string);
    case Fact::Shape::duration:
      return types.simple(TypeKind::duration);
    case Fact::Shape::list:
      return types.list_of(types.reference_to(fact.space));
    case Fact::Shape::grade:
      break;
  }
  return nullptr;
}

// An element as a whole: its order, or whether its window is open.
const Type* TestAnalysis::resolve_element(const ast::Expectation& node, const Element& element,
                                          const Test& test, Expectation& expectation) {
  TypeTable& types = declarations_.types();
  if (node.comparison == ast::Comparison::before) {
    expectation.subject = Subject::order;
    return types.list_of(types.reference_to(Space::element));
  }
  const std::vector<const Parameter*> parameters = parameters_of(element);
  const auto windows = std::count_if(parameters.begin(), parameters.end(), [](const Parameter* parameter) {
    return parameter->type->kind == TypeKind::window;
  });
  if (windows != 1) {
    sink_
        .report(diag::comparison_not_here, node.comparison_span, expectation.text, to_string(node.comparison))
        .note(fmt::format(
            "an element is compared by its order, `{0} before PLACE`, or by a property, `{0}.PROPERTY`",
            expectation.text));
    return nullptr;
  }
  expectation.subject = Subject::window;
  if (!test.at) {
    sink_.report(diag::no_moment, node.subject.span, expectation.text);
    return nullptr;
  }
  return types.make({.kind = TypeKind::enumeration, .members = {"open", "closed"}});
}

const Type* TestAnalysis::resolve_property(const ast::Expectation& node, const Element& element,
                                           Expectation& expectation) {
  const ast::Name& name = node.subject.last();
  std::vector<std::string_view> known;
  for (const Parameter* parameter : parameters_of(element)) {
    if (parameter->name == name.text) {
      expectation.subject = Subject::property;
      expectation.property = name.text;
      return parameter->type;
    }
    known.push_back(parameter->name);
  }
  evaluator_.report_unknown_property(name, fmt::format("{} `{}`", to_string(element.kind), element.id),
                                     known);
  return nullptr;
}

// Its properties: those that every element has, and the parameters of what it is made by.
std::vector<const Parameter*> TestAnalysis::parameters_of(const Element& element) {
  std::vector<const Parameter*> found;
  const auto add = [&](const std::vector<Parameter>& parameters) {
    for (const Parameter& parameter : parameters)
      found.push_back(&parameter);
  };
  for (const Definition* definition = element.definition; definition != nullptr;
       definition = definition->base)
    add(definition->parameters);
  for (const Capability* capability : element.capabilities)
    add(capability->parameters);
  add(declarations_.schema("element", to_string(element.kind)).parameters);
  add(declarations_.schema("element", "element").parameters);
  return found;
}

void TestAnalysis::report_unknown_subject(const ast::Expectation& node, const TestNames& names) {
  std::vector<std::string> paths;
  for (const Target* target : declarations_.targets()) {
    paths.push_back(fmt::format("critical_path.{}", target->name));
    paths.push_back(fmt::format("typical_path.{}", target->name));
  }
  for (const std::string& code : names.rules())
    paths.push_back("grade." + code);
  std::vector<std::string_view> known(paths.begin(), paths.end());
  for (const Fact& fact : facts) {
    if (fact.shape != Fact::Shape::grade) known.push_back(fact.name);
  }
  const auto elements = names.reference_names(Space::element);
  known.insert(known.end(), elements.begin(), elements.end());
  auto report = sink_.report(diag::unknown_subject, node.subject.span, node.subject.text());
  if (const auto likely = nearest(node.subject.text(), known)) {
    report.replace(node.subject.span, std::string(*likely));
    return;
  }
  if (const auto owner = nearest(owner_of(node.subject), elements); owner && node.subject.parts.size() > 1)
    report.replace(node.subject.span, fmt::format("{}.{}", *owner, node.subject.last().text));
}

bool TestAnalysis::comparable(const ast::Expectation& node, const Type& type,
                              const Expectation& expectation) {
  bool fits = true;
  switch (node.comparison) {
    case ast::Comparison::equal:
    case ast::Comparison::not_equal:
      fits = true;
      break;
    case ast::Comparison::contains:
    case ast::Comparison::lacks:
      fits = type.kind == TypeKind::list;
      break;
    case ast::Comparison::before:
      fits = expectation.subject == Subject::order;
      break;
    default:
      fits = has_order(type);
      break;
  }
  if (!fits) {
    sink_
        .report(diag::comparison_not_here, node.comparison_span, expectation.text, to_string(node.comparison))
        .note(fmt::format("it is compared with {}",
                          comparisons_of(type, expectation.subject == Subject::order)));
  }
  return fits;
}

}  // namespace pipec::sema
