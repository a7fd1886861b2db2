#include "compiler/diag/kinds/types.h"
#include "compiler/sema/declarations.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

const std::unordered_map<std::string_view, TypeKind>& simple_types() {
  using enum TypeKind;
  static const std::unordered_map<std::string_view, TypeKind> types{
      {"string", string},    {"text", text},         {"command", command}, {"int", integer},
      {"bool", boolean},     {"duration", duration}, {"percent", percent}, {"size", size},
      {"date", date},        {"severity", severity}, {"account", account}, {"cron", cron},
      {"window", window},    {"zone", zone},         {"moment", moment},   {"url", url},
      {"run_time", run_time}};
  return types;
}

const std::unordered_map<std::string_view, Space>& spaces() {
  using enum Space;
  static const std::unordered_map<std::string_view, Space> names{
      {"source", source},     {"environment", environment},
      {"stage", stage},       {"element", element},
      {"route", route},       {"target", target},
      {"group", group},       {"capability", capability},
      {"pipeline", pipeline}, {"role", role},
      {"runbook", runbook}};
  return names;
}

}  // namespace

const Constructor* VariantType::find(std::string_view constructor) const {
  for (const Constructor& candidate : constructors) {
    if (candidate.name == constructor) return &candidate;
  }
  return nullptr;
}

const VariantType& Declarations::variant(const Entity& entity) {
  auto& slot = variants_[&entity];
  if (slot != nullptr) return *slot;
  const auto& node = std::get<ast::Variant>(*entity.node);
  slot = std::make_unique<VariantType>();
  VariantType& variant = *slot;
  variant.name = node.name.text;
  const size_t count =
      capped(node.constructors.size(), fmt::format("`{}`", entity.name), "constructors", entity.span);
  for (const ast::Constructor& constructor : std::span(node.constructors).first(count)) {
    if (variant.find(constructor.name.text) != nullptr) {
      sink_.report(diag::declared_twice, constructor.name.span, constructor.name.text);
      continue;
    }
    variant.constructors.push_back(
        {constructor.name.text, resolve_parameters(constructor.parameters, *entity.module), constructor.doc});
  }
  if (variant.constructors.empty()) sink_.report(diag::empty_variant, entity.span, entity.name);
  return variant;
}

const VariantType& Declarations::prelude_variant(std::string_view name) {
  const Entity* entity = find(prelude(), name, {EntityKind::variant});
  PIPEC_CHECK(entity != nullptr);
  return variant(*entity);
}

const Type* Declarations::prelude_type(std::string_view name) {
  return types_.make({.kind = TypeKind::variant, .variant = &prelude_variant(name)});
}

const Constructor& Declarations::schema(std::string_view variant, std::string_view part) {
  const Constructor* constructor = prelude_variant(variant).find(part);
  PIPEC_CHECK(constructor != nullptr);
  return *constructor;
}

const Type* Declarations::resolve_type(const ast::TypeExpr& type, const Module& module) {
  Type made;
  switch (type.form) {
    case ast::TypeExpr::Form::named:
      return resolve_named_type(type, module);
    case ast::TypeExpr::Form::record:
      made.kind = TypeKind::record;
      for (const ast::TypeField& field :
           std::span(type.fields).first(capped(type.fields.size(), "this `record`", "fields", type.span))) {
        made.fields.push_back({field.name.text, resolve_type(field.type, module),
                               field.default_value ? &*field.default_value : nullptr});
      }
      break;
    case ast::TypeExpr::Form::enumeration:
      made.kind = TypeKind::enumeration;
      for (const ast::Name& member :
           std::span(type.members).first(capped(type.members.size(), "this `enum`", "members", type.span)))
        made.members.push_back(member.text);
      break;
  }
  made.optional = type.optional;
  return types_.make(std::move(made));
}

const TextForm* Declarations::text_form(const ast::Name& name, const Module& module) {
  const Entity* entity = find(module, name.text, {EntityKind::let});
  if (entity == nullptr) {
    if (is_missing_import(module, name.text)) return nullptr;
    auto report = sink_.report(diag::unknown_name, name.span, "pattern", name.text);
    if (const auto likely = nearest(name.text, visible(module, {EntityKind::let})))
      report.replace(name.span, std::string(*likely));
    return nullptr;
  }
  const auto [slot, first] = text_forms_.try_emplace(entity);
  if (!first) return slot->second.get();
  const auto refuse = [&](std::string why) {
    sink_.report(diag::pattern_of_type, name.span, name.text, std::move(why))
        .label(entity->span, "declared here");
    return nullptr;
  };
  // Read as it is written: types are resolved before values.
  const auto* call = std::get_if<ast::CallExpr>(&std::get<ast::Let>(*entity->node).value.node);
  std::vector<std::string> texts;
  constexpr size_t otherwise = 1000;
  size_t longest = otherwise;
  for (size_t i = 0; call != nullptr && i < call->arguments.size(); ++i) {
    const ast::Argument& argument = call->arguments[i];
    const auto* text = std::get_if<ast::TextExpr>(&argument.value.node);
    const auto* number = std::get_if<ast::NumberExpr>(&argument.value.node);
    if (text != nullptr && text->references.empty()) texts.push_back(text->texts.front());
    if (number != nullptr) longest = static_cast<size_t>(number->value);
  }
  if (call == nullptr || call->callee.text() != "pattern" || texts.size() != 2)
    return refuse("it is not written `pattern('EXPRESSION', \"RULE\")`");
  auto expression = Expression::parse(texts.front());
  if (!expression) {
    return refuse(
        "its expression is none of characters, classes such as `[A-Z0-9_-]`, groups, `|`, `?`, `*`, `+` and "
        "counts");
  }
  slot->second =
      std::make_unique<TextForm>(TextForm{entity->name, std::move(*expression), texts.back(), longest});
  return slot->second.get();
}

const Type* Declarations::resolve_named_type(const ast::TypeExpr& type, const Module& module) {
  using enum TypeKind;
  Type made;
  made.optional = type.optional;
  const std::string_view name = type.name.text;
  const auto takes = [&](size_t count) {
    const bool right = type.arguments.size() == count && !type.alternatives;
    constexpr std::array<std::string_view, 3> words{"no type argument", "one type argument",
                                                    "two type arguments"};
    if (!right) sink_.report(diag::type_arguments, type.span, name, words[count]);
    return right;
  };
  const VariantType& outputs = prelude_variant("output");
  if (name == "string" && type.arguments.size() == 1) {
    made.kind = string;
    made.form = text_form(type.arguments.front().name, module);
  } else if (const auto found = simple_types().find(name); found != simple_types().end()) {
    if (!takes(0)) return types_.simple(error);
    if (!type.optional) return types_.simple(found->second);
    made.kind = found->second;
    made.members = types_.simple(found->second)->members;
  } else if (const auto space = spaces().find(name); space != spaces().end()) {
    if (!takes(0)) return types_.simple(error);
    made.kind = reference;
    made.space = space->second;
  } else if (name == "list" || name == "map") {
    if (!takes(name == "list" ? 1 : 2)) return types_.simple(error);
    made.kind = name == "list" ? list : map;
    made.item = resolve_type(type.arguments.back(), module);
  } else if (name == "artifact") {
    made.kind = artifact;
    for (const ast::TypeExpr& argument : type.arguments) {
      if (outputs.find(argument.name.text) == nullptr) {
        sink_.report(diag::unknown_name, argument.span, "artifact type", argument.name.text);
      }
      made.artifacts.push_back(argument.name.text);
    }
  } else if (outputs.find(name) != nullptr) {
    if (!takes(0)) return types_.simple(error);
    made.kind = artifact;
    made.artifacts.push_back(name);
  } else if (const Entity* entity = find(module, name, {EntityKind::variant})) {
    if (!takes(0)) return types_.simple(error);
    made.kind = TypeKind::variant;
    made.variant = &this->variant(*entity);
    // A kind of source, with where it is kept.
    if (made.variant == &prelude_variant("content")) {
      made.kind = reference;
      made.space = Space::capability;
    }
  } else {
    report_unknown_type(type.name, module);
    return types_.simple(error);
  }
  return types_.make(std::move(made));
}

void Declarations::report_unknown_type(const ast::Name& name, const Module& module) {
  if (name.empty() || is_missing_import(module, name.text)) return;
  if (!sink_.suggests()) {
    sink_.report(diag::unknown_name, name.span, "type", name.text);
    return;
  }
  std::vector<std::string_view> known = visible(module, {EntityKind::variant});
  for (const auto& entry : simple_types())
    known.push_back(entry.first);
  for (const auto& entry : spaces())
    known.push_back(entry.first);
  for (const Constructor& output : prelude_variant("output").constructors)
    known.push_back(output.name);
  known.insert(known.end(), {"list", "map", "artifact"});
  std::sort(known.begin(), known.end());
  auto report = sink_.report(diag::unknown_name, name.span, "type", name.text);
  if (const auto likely = nearest(name.text, known)) report.replace(name.span, std::string(*likely));
}

std::vector<Parameter> Declarations::resolve_parameters(const std::vector<ast::Parameter>& parameters,
                                                        const Module& module) {
  std::vector<Parameter> resolved;
  const size_t count = parameters.empty() ? 0
                                          : capped(parameters.size(), "this declaration", "parameters",
                                                   parameters.front().span);
  for (const ast::Parameter& parameter : std::span(parameters).first(count)) {
    const bool repeated = std::any_of(resolved.begin(), resolved.end(),
                                      [&](const Parameter& p) { return p.name == parameter.name.text; });
    if (repeated) {
      sink_.report(diag::declared_twice, parameter.name.span, parameter.name.text);
      continue;
    }
    resolved.push_back({parameter.name.text, resolve_type(parameter.type, module),
                        parameter.default_value ? &*parameter.default_value : nullptr, &module, parameter.doc,
                        parameter.span});
  }
  return resolved;
}

}  // namespace pipec::sema
