#include "compiler/sema/stage_use.h"

namespace pipec::sema {

const ast::Expr* StageUse::argument(std::string_view parameter) const {
  size_t position = 0;
  for (const ast::Argument& argument : call->arguments) {
    if (argument.name ? argument.name->text == parameter
                      : position < stage->parameters.size() && stage->parameters[position].name == parameter)
      return &argument.value;
    if (!argument.name) ++position;
  }
  return nullptr;
}

const Value* StageNames::argument(std::string_view parameter) const {
  if (!use_.arguments) return nullptr;
  for (const auto& [name, value] : *use_.arguments) {
    if (name == parameter) return &value;
  }
  return nullptr;
}

bool StageNames::is_inside(std::string_view element) const {
  return element.size() > use_.name.size() && element.starts_with(use_.name) &&
         element[use_.name.size()] == '.';
}

bool StageNames::is_own(const NamedArtifact& artifact) const {
  const Span& body = use_.stage->node->span;
  return artifact.span.source == body.source && artifact.span.begin >= body.begin &&
         artifact.span.end <= body.end;
}

std::optional<Value> StageNames::value(std::string_view name, Span span) {
  if (const Value* given = argument(name)) {
    Value value = *given;
    value.span = span;
    return value;
  }
  const auto artifact = pipeline_.artifacts.find(name);
  if (artifact == pipeline_.artifacts.end() || !is_own(artifact->second)) return std::nullopt;
  return pipeline_.value(name, span);
}

std::optional<std::string> StageNames::reference(Space space, std::string_view path) {
  if (const Value* given = argument(path)) {
    const auto* reference = given->as<ReferenceValue>();
    if (reference != nullptr && reference->space == space) return reference->name;
  }
  if (space == Space::target) return pipeline_.reference(space, path);
  if (space != Space::element) return std::nullopt;
  auto element = pipeline_.reference(space, path);
  if (!element || !is_inside(*element)) return std::nullopt;
  return element;
}

std::vector<std::string_view> StageNames::value_names() const {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : use_.stage->parameters)
    names.push_back(parameter.name);
  for (const auto& [name, artifact] : pipeline_.artifacts) {
    if (is_own(artifact)) names.push_back(name);
  }
  return names;
}

std::vector<std::string_view> StageNames::reference_names(Space space) const {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : use_.stage->parameters) {
    const Type& type = *parameter.type;
    if (type.kind == TypeKind::reference && type.space == space) names.push_back(parameter.name);
  }
  if (space == Space::target) return pipeline_.reference_names(space);
  return names;
}

}  // namespace pipec::sema
