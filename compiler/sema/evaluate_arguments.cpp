#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/support/other_languages.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

namespace pipec::sema {

void Evaluator::report_repeated(const ast::Field& again, const ast::Field& first) {
  sink_.report(diag::repeated_property, again.key.span, again.key.text)
      .label(first.key.span, "first set here")
      .replace(again.span, "");
}

std::optional<std::string_view> Evaluator::report_unknown_property(
    const ast::Name& key, std::string_view owner, const std::vector<std::string_view>& known) {
  auto report = sink_.report(diag::unknown_property, key.span, key.text, owner);
  if (const auto instead = said_otherwise(key.text)) {
    report.note(std::string(*instead));
    return std::nullopt;
  }
  if (const auto likely = nearest(key.text, known)) {
    report.replace(key.span, std::string(*likely));
    return likely;
  }
  const std::vector<std::string> names(known.begin(), known.end());
  constexpr size_t most_listed = 30;
  if (!names.empty()) report.note(fmt::format("known are {}", quoted_list(names, "and", most_listed)));
  return std::nullopt;
}

Value Evaluator::default_of(const Parameter& parameter, const Scope& scope) {
  const auto [entry, first] = defaults_.try_emplace(parameter.default_value);
  if (first) {
    Value value =
        evaluate(*parameter.default_value, *parameter.type, {parameter.module, nullptr, scope.vocabulary});
    defaults_[parameter.default_value] = value;
    return value;
  }
  return entry->second;
}

GivenField Evaluator::given_field(const std::vector<FieldLayer>& layers, std::string_view name) const {
  GivenField found;
  GivenField guessed;
  for (const FieldLayer& layer : layers) {
    for (const ast::Field& field : *layer.fields) {
      if (field.key.text == name) found = {&field, layer.module};
      const auto taken = taken_for_.find(&field);
      if (taken != taken_for_.end() && taken->second == name && guessed.field == nullptr)
        guessed = {&field, layer.module};
    }
  }
  return found.field == nullptr ? guessed : found;
}

bool Evaluator::lacks_items(const Parameter& parameter, const Value& value) {
  const Type& type = *parameter.type;
  if (parameter.default_value != nullptr || type.optional || type.kind != TypeKind::list) return false;
  return !value.is_error() && value.items().empty();
}

NamedValues Evaluator::bind(const std::vector<Parameter>& parameters, const std::vector<ast::Field>& fields,
                            const Scope& scope, std::string_view owner, Span owner_span) {
  return bind(parameters, std::vector<FieldLayer>{{&fields, scope.module}}, scope, owner, owner_span);
}

NamedValues Evaluator::bind(const std::vector<Parameter>& parameters, const std::vector<FieldLayer>& layers,
                            const Scope& scope, std::string_view owner, Span owner_span) {
  struct Given {
    const ast::Field* field;
    const FieldLayer* layer;
  };
  std::unordered_map<std::string_view, Given> given;
  std::vector<std::string_view> names;
  for (const Parameter& parameter : parameters)
    names.push_back(parameter.name);
  // One that is not known may be what seems to be missing.
  bool unknown = false;
  for (const FieldLayer& layer : layers) {
    for (const ast::Field& field : *layer.fields) {
      if (std::find(names.begin(), names.end(), field.key.text) == names.end()) {
        const auto meant = report_unknown_property(field.key, owner, names);
        if (meant && field.op == ast::AssignOp::set) {
          given.try_emplace(*meant, Given{&field, &layer});
          taken_for_.emplace(&field, *meant);
        }
        unknown = true;
        continue;
      }
      if (field.op != ast::AssignOp::set) {
        sink_.report(diag::unset_not_here, field.span);
        continue;
      }
      Given& last = given[field.key.text];
      if (last.layer == &layer) report_repeated(field, *last.field);
      if (last.layer != &layer) last = {&field, &layer};
    }
  }
  NamedValues values;
  for (const Parameter& parameter : parameters) {
    const auto found = given.find(parameter.name);
    if (found != given.end()) {
      Scope inner = scope;
      inner.module = found->second.layer->module;
      if (found->second.layer->names != nullptr) inner.names = found->second.layer->names;
      values.emplace_back(parameter.name, evaluate(found->second.field->value, *parameter.type, inner));
      if (const Value& value = values.back().second; lacks_items(parameter, value))
        sink_.report(diag::empty_list, value.span, parameter.name, owner);
    } else if (parameter.default_value != nullptr) {
      values.emplace_back(parameter.name, default_of(parameter, scope));
    } else if (!parameter.type->optional && !scope.open && !unknown) {
      sink_.report(diag::missing_property, owner_span, owner, parameter.name, describe(*parameter.type));
    }
  }
  return values;
}

Value Evaluator::call(const ast::CallExpr& call, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  const std::string name = call.callee.text();
  std::vector<std::string_view> known;
  if (expected.kind == TypeKind::variant) {
    if (const Constructor* constructor = expected.variant->find(name)) {
      return construct(constructor->name, constructor->parameters, expected.variant, call, expr, scope);
    }
    for (const Constructor& constructor : expected.variant->constructors)
      known.push_back(constructor.name);
  } else if (expected.kind == TypeKind::reference && expected.variant != nullptr) {
    return placed(call, expr, expected, scope);
  } else if (expected.kind == TypeKind::block) {
    if (const TargetBlock* block = expected.target->find_block(name)) {
      return construct(block->name, block->parameters, nullptr, call, expr, scope);
    }
    for (const TargetBlock& block : expected.target->blocks)
      known.push_back(block.name);
  } else if (expected.kind != TypeKind::error) {
    auto report =
        sink_.report(diag::type_mismatch, expr.span, describe(expected), fmt::format("`{}(…)`", name));
    if (name == "secret")
      report.note("a secret can only be used where a secret is expected, such as in `secrets`");
    return error_at(expr.span);
  }
  auto report =
      sink_.report(diag::type_mismatch, call.callee.span, describe(expected), fmt::format("`{}(…)`", name));
  if (const auto platform = unsupported_platform(name)) {
    report.note(fmt::format("{} is not supported", *platform));
  } else if (const auto likely = known.size() == 1 ? known.front() : nearest(name, known)) {
    report.replace(call.callee.span, std::string(*likely));
  }
  return error_at(expr.span);
}

const Parameter* Evaluator::named_parameter(std::string_view constructor,
                                            const std::vector<Parameter>& parameters, const ast::Name& name) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name.text) return &parameter;
    names.push_back(parameter.name);
  }
  report_unknown_property(name, fmt::format("`{}(…)`", constructor), names);
  return nullptr;
}

Evaluator::GivenArguments Evaluator::given_arguments(std::string_view callee,
                                                     const std::vector<Parameter>& parameters,
                                                     const std::vector<ast::Argument>& written, Span span,
                                                     const Scope& scope) {
  // Positional arguments come first. The only parameter takes all of them when it is a list.
  const bool collects = parameters.size() == 1 && parameters.front().type->kind == TypeKind::list;
  GivenArguments given;
  std::vector<Value> collected;
  size_t position = 0;
  for (const ast::Argument& argument : written) {
    const Parameter* parameter = nullptr;
    if (argument.name) {
      parameter = named_parameter(callee, parameters, *argument.name);
    } else if (collects && written.size() > 1) {
      collected.push_back(evaluate(argument.value, *parameters.front().type->item, scope));
      given.failed = given.failed || collected.back().is_error();
      continue;
    } else if (position < parameters.size()) {
      parameter = &parameters[position++];
    } else {
      sink_.report(diag::too_many_arguments, argument.value.span, callee,
                   static_cast<int>(parameters.size()));
    }
    if (parameter != nullptr && given.values.contains(parameter->name)) {
      sink_.report(diag::repeated_property, argument.value.span, parameter->name);
      parameter = nullptr;
    }
    if (parameter == nullptr) {
      given.failed = true;
      continue;
    }
    Value value = evaluate(argument.value, *parameter->type, scope);
    if (lacks_items(*parameter, value))
      sink_.report(diag::empty_list, value.span, parameter->name, fmt::format("`{}(…)`", callee));
    given.failed = given.failed || value.is_error();
    given.values.emplace(parameter->name, std::move(value));
  }
  if (!collected.empty())
    given.values.emplace(parameters.front().name, make_list(span, std::move(collected)));
  return given;
}

std::optional<NamedValues> Evaluator::bind_arguments(std::string_view callee,
                                                     const std::vector<Parameter>& parameters,
                                                     const std::vector<ast::Argument>& written, Span span,
                                                     const Scope& scope) {
  GivenArguments given = given_arguments(callee, parameters, written, span, scope);
  NamedValues arguments;
  for (const Parameter& parameter : parameters) {
    const auto value = given.values.find(parameter.name);
    if (value != given.values.end()) {
      arguments.emplace_back(parameter.name, value->second);
    } else if (parameter.default_value != nullptr) {
      arguments.emplace_back(parameter.name, default_of(parameter, scope));
    } else if (!parameter.type->optional && !given.failed) {
      if (!scope.open)
        sink_.report(diag::missing_argument, span, callee, parameter.name, describe(*parameter.type));
      given.failed = true;
    }
  }
  if (given.failed) return std::nullopt;
  return arguments;
}

Value Evaluator::placed(const ast::CallExpr& call, const ast::Expr& expr, const Type& expected,
                        const Scope& scope) {
  Value value = path(call.callee, expr, expected, scope);
  const Constructor& constructor = expected.variant->constructors.front();
  const auto arguments =
      bind_arguments(call.callee.text(), constructor.parameters, call.arguments, expr.span, scope);
  auto* reference = std::get_if<ReferenceValue>(&value.data);
  if (reference == nullptr || !arguments) return error_at(expr.span);
  for (const Value& item : arguments->front().second.items())
    reference->paths.push_back(item.text());
  value.weight += reference->paths.size();
  return value;
}

Value Evaluator::construct(std::string_view constructor, const std::vector<Parameter>& parameters,
                           const VariantType* variant, const ast::CallExpr& call, const ast::Expr& expr,
                           const Scope& scope) {
  auto arguments = bind_arguments(constructor, parameters, call.arguments, expr.span, scope);
  if (!arguments) return error_at(expr.span);
  size_t weight = 1;
  for (const auto& argument : *arguments)
    weight += argument.second.weight;
  return {expr.span,
          ConstructedValue{variant, std::string(constructor),
                           std::make_shared<const NamedValues>(std::move(*arguments))},
          weight};
}

}  // namespace pipec::sema
