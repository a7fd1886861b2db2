#include "compiler/sema/evaluate.h"

#include "compiler/sema/text_forms.h"
#include "compiler/support/credential.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

Value error_at(Span span) { return {span, std::monostate(), 1}; }

template <class T>
Value make(Span span, T data) {
  return {span, std::move(data), 1};
}

bool is_text_like(TypeKind kind) {
  switch (kind) {
    case TypeKind::string:
    case TypeKind::text:
    case TypeKind::command:
    case TypeKind::account:
    case TypeKind::cron:
    case TypeKind::window:
    case TypeKind::url:
      return true;
    default:
      return false;
  }
}

// The unit a person most likely meant by a bare number.
std::string likely_unit(int64_t value, TypeKind kind) {
  switch (kind) {
    case TypeKind::duration:
      return value > 120 ? fmt::format("{}s", value) : fmt::format("{}m", value);
    case TypeKind::percent:
      return fmt::format("{}%", value);
    default:
      return fmt::format("{}MiB", value);
  }
}

std::string_view noun(Space space) {
  switch (space) {
    case Space::source:
      return "source";
    case Space::environment:
      return "environment";
    case Space::stage:
      return "stage";
    case Space::element:
      return "element";
    case Space::route:
      return "route";
    case Space::target:
      return "target";
    case Space::group:
      return "group";
    case Space::capability:
      return "capability";
  }
  return "";
}

// The attributes of an artifact that exist when the pipeline runs.
std::vector<std::string_view> attributes_of(std::string_view artifact_type) {
  if (artifact_type == "container") return {"uri", "digest"};
  return {"path"};
}

}  // namespace

Value Evaluator::evaluate(const ast::Expr& expr, const Type& expected, const Scope& scope) {
  struct Visitor {
    Evaluator& self;
    const ast::Expr& expr;
    const Type& expected;
    const Scope& scope;
    Value operator()(const ast::MissingExpr&) const { return error_at(expr.span); }
    Value operator()(const ast::TextExpr& e) const { return self.text(e, expr, expected, scope); }
    Value operator()(const ast::NumberExpr& e) const { return self.number(e, expr, expected); }
    Value operator()(const ast::DateExpr& e) const { return self.conform(make(expr.span, e), expected); }
    Value operator()(const ast::ListExpr& e) const { return self.list(e, expr, expected, scope); }
    Value operator()(const ast::RecordExpr& e) const { return self.record(e, expr, expected, scope); }
    Value operator()(const ast::CallExpr& e) const { return self.call(e, expr, expected, scope); }
    Value operator()(const ast::PathExpr& e) const { return self.path(e.path, expr, expected, scope); }
    Value operator()(const ast::TableExpr& e) const { return self.table(e, expr, expected, scope); }
  };
  // One value stands for a list of one.
  const bool is_list = std::holds_alternative<ast::ListExpr>(expr.node);
  const bool may_name_list =
      std::holds_alternative<ast::PathExpr>(expr.node) || std::holds_alternative<ast::TableExpr>(expr.node);
  if (expected.kind == TypeKind::list && !is_list && !may_name_list) {
    Value item = evaluate(expr, *expected.item, scope);
    if (item.is_error()) return item;
    return make_list(expr.span, {std::move(item)});
  }
  return capped(std::visit(Visitor{*this, expr, expected, scope}, expr.node));
}

Value Evaluator::capped(Value value) {
  if (value.weight <= max_weight) return value;
  sink_.report(diag::value_too_large, value.span, static_cast<int>(max_weight));
  return error_at(value.span);
}

Value Evaluator::mismatch(const Value& found, const Type& expected) {
  if (found.is_error()) return found;
  if (found.as<RunTimeValue>() != nullptr) {
    sink_.report(diag::run_time_value_here, found.span, spell(found));
    return error_at(found.span);
  }
  auto report = sink_.report(diag::type_mismatch, found.span, describe(expected), describe(found));
  const auto* text = found.as<TextValue>();
  if (text != nullptr && expected.kind == TypeKind::command) {
    report.note("a command is a literal without `\\(…)`; values reach it through `env`");
  }
  const auto* constructed = found.as<ConstructedValue>();
  if (constructed != nullptr && constructed->variant->name == "secret") {
    report.note("a secret can only be used where a secret is expected, such as in `secrets`");
  }
  return error_at(found.span);
}

bool Evaluator::fits(const Value& value, const Type& expected) const {
  if (value.is_error() || expected.kind == TypeKind::error) return true;
  const auto* text = value.as<TextValue>();
  const auto* constructed = value.as<ConstructedValue>();
  const auto* reference = value.as<ReferenceValue>();
  switch (expected.kind) {
    case TypeKind::error:
      return true;
    case TypeKind::string:
    case TypeKind::text:
      return text != nullptr && text->type != TypeKind::command;
    case TypeKind::command:
    case TypeKind::account:
    case TypeKind::cron:
    case TypeKind::window:
    case TypeKind::url:
      return text != nullptr && text->type == expected.kind;
    case TypeKind::integer:
      return value.as<int64_t>() != nullptr;
    case TypeKind::boolean:
      return value.as<bool>() != nullptr;
    case TypeKind::duration:
      return value.as<Duration>() != nullptr;
    case TypeKind::percent:
      return value.as<PercentValue>() != nullptr;
    case TypeKind::size:
      return value.as<SizeValue>() != nullptr;
    case TypeKind::date:
      return value.as<ast::DateExpr>() != nullptr;
    case TypeKind::run_time:
      // A list of such texts is one text with a line for each.
      if (value.as<ListValue>() != nullptr) {
        return std::all_of(value.items().begin(), value.items().end(), [&](const Value& item) {
          return item.as<RunTimeValue>() == nullptr && item.as<ListValue>() == nullptr &&
                 fits(item, expected);
        });
      }
      return (text != nullptr && text->type != TypeKind::command) || value.as<int64_t>() != nullptr ||
             value.as<bool>() != nullptr || value.as<MemberValue>() != nullptr ||
             value.as<RunTimeValue>() != nullptr || value.as<Duration>() != nullptr ||
             value.as<PercentValue>() != nullptr || value.as<SizeValue>() != nullptr ||
             (constructed != nullptr && constructed->variant != nullptr && constructed->arguments->empty());
    case TypeKind::list:
      return value.as<ListValue>() != nullptr &&
             std::all_of(value.items().begin(), value.items().end(),
                         [&](const Value& item) { return fits(item, *expected.item); });
    case TypeKind::map:
      return value.as<MapValue>() != nullptr &&
             std::all_of(value.entries().begin(), value.entries().end(),
                         [&](const auto& entry) { return fits(entry.second, *expected.item); });
    case TypeKind::record:
      return value.as<MapValue>() != nullptr &&
             std::all_of(expected.fields.begin(), expected.fields.end(), [&](const RecordField& field) {
               const Value* found = value.find(field.name);
               return found == nullptr ? field.type->optional : fits(*found, *field.type);
             });
    case TypeKind::severity:
    case TypeKind::enumeration: {
      const auto* member = value.as<MemberValue>();
      return member != nullptr && std::find(expected.members.begin(), expected.members.end(), member->name) !=
                                      expected.members.end();
    }
    case TypeKind::variant:
      return constructed != nullptr && constructed->variant == expected.variant;
    case TypeKind::artifact: {
      const auto* artifact = value.as<ArtifactValue>();
      return artifact != nullptr &&
             (expected.artifacts.empty() || std::find(expected.artifacts.begin(), expected.artifacts.end(),
                                                      artifact->type) != expected.artifacts.end());
    }
    case TypeKind::reference:
      return reference != nullptr && reference->space == expected.space;
    case TypeKind::block:
      return constructed != nullptr && constructed->variant == nullptr;
  }
  return false;
}

Value Evaluator::conform(Value value, const Type& expected) {
  if (value.is_error()) return value;
  if (fits(value, expected)) {
    // A text takes the type of the place it was written for.
    if (auto* text = std::get_if<TextValue>(&value.data); text != nullptr && is_text_like(expected.kind)) {
      text->type = expected.kind;
    }
    return value;
  }
  if (expected.kind == TypeKind::list && fits(value, *expected.item)) {
    const Span span = value.span;
    return make_list(span, {conform(std::move(value), *expected.item)});
  }
  // A duration stands for the first constructor of a variant that takes just that: `budget = 10m`.
  if (expected.kind == TypeKind::variant && value.as<Duration>() != nullptr) {
    const Constructor& first = expected.variant->constructors.front();
    if (first.parameters.size() == 1 && first.parameters.front().type->kind == TypeKind::duration) {
      const Span span = value.span;
      auto arguments = std::make_shared<const NamedValues>(
          NamedValues{{std::string(first.parameters.front().name), std::move(value)}});
      return {span, ConstructedValue{expected.variant, std::string(first.name), std::move(arguments)}, 2};
    }
  }
  return mismatch(value, expected);
}

void Evaluator::check_text(const TextValue& value, Span span) {
  if (const auto credential = find_credential(value.text)) {
    sink_.report(diag::credential_literal, span, credential->kind)
        .note("take it out of the file and its history, revoke it, and use `secret(\"NAME\")`");
  }
  std::optional<std::string> mistake;
  if (value.type == TypeKind::account) mistake = account_mistake(value.text);
  if (value.type == TypeKind::cron) mistake = cron_mistake(value.text);
  if (value.type == TypeKind::window) mistake = window_mistake(value.text);
  if (value.type == TypeKind::url) mistake = url_mistake(value.text);
  if (mistake) sink_.report(diag::malformed_text, span, value.text, *mistake);
}

Value Evaluator::text(const ast::TextExpr& text, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  TextValue value{is_text_like(expected.kind) ? expected.kind : TypeKind::string, text.texts.front(), false};
  for (size_t i = 0; i < text.references.size(); ++i) {
    value.interpolated = true;
    const ast::Path& reference = text.references[i];
    const auto part = named(reference, scope);
    if (!part) {
      unknown_name(reference, *types_.simple(TypeKind::string), scope);
      return error_at(expr.span);
    }
    if (part->is_error()) return error_at(expr.span);
    const auto* inner = part->as<TextValue>();
    const auto* constructed = part->as<ConstructedValue>();
    const bool printable = (inner != nullptr && inner->type != TypeKind::command) ||
                           part->as<int64_t>() != nullptr || part->as<MemberValue>() != nullptr ||
                           (constructed != nullptr && constructed->arguments->empty());
    if (!printable || (inner != nullptr && inner->interpolated)) {
      sink_.report(diag::cannot_interpolate, reference.span, reference.text(), describe(*part));
      return error_at(expr.span);
    }
    value.text += part->text();
    value.text += text.texts[i + 1];
    if (value.text.size() > max_text) {
      sink_.report(diag::text_too_long, expr.span, static_cast<int>(max_text >> 10));
      return error_at(expr.span);
    }
  }
  if (value.interpolated && expected.kind == TypeKind::command) {
    sink_.report(diag::interpolated_command, text.references.front().span)
        .note("a command never contains other values, so that none of them can be run as code")
        .note("pass the value through `env` and write `\"$NAME\"` in the command");
    return error_at(expr.span);
  }
  if (expected.kind == TypeKind::variant || expected.kind == TypeKind::reference ||
      expected.kind == TypeKind::enumeration || expected.kind == TypeKind::severity) {
    const std::string inside = value.text;
    auto report = sink_.report(diag::type_mismatch, expr.span, describe(expected),
                               describe(make(expr.span, std::move(value))));
    // A quoted name is usually meant as the name.
    const bool plain = expected.kind != TypeKind::variant || expected.variant->find(inside) != nullptr;
    const bool constructor_without_arguments =
        expected.kind != TypeKind::variant || (plain && expected.variant->find(inside)->parameters.empty());
    if (plain && constructor_without_arguments && !inside.empty()) {
      report.replace(expr.span, inside);
    } else if (expected.kind == TypeKind::variant && expected.variant->name == "secret") {
      report.note("name the secret with `secret(\"NAME\")`; its value stays in the platform's store");
    }
    return error_at(expr.span);
  }
  check_text(value, expr.span);
  return conform(make(expr.span, std::move(value)), expected);
}

Value Evaluator::number(const ast::NumberExpr& number, const ast::Expr& expr, const Type& expected) {
  constexpr int64_t longest_days = 366;
  switch (number.unit) {
    case ast::Unit::none:
      break;
    case ast::Unit::duration:
      if (number.value > longest_days * 86400) {
        sink_.report(diag::duration_too_long, expr.span);
        return error_at(expr.span);
      }
      return conform(make(expr.span, Duration{number.value}), expected);
    case ast::Unit::percent:
      if (number.value > 100) {
        sink_.report(diag::percent_too_large, expr.span);
        return error_at(expr.span);
      }
      return conform(make(expr.span, PercentValue{number.value}), expected);
    case ast::Unit::size:
      return conform(make(expr.span, SizeValue{number.value}), expected);
  }
  TypeKind wanted = expected.kind;
  if (wanted == TypeKind::variant && !expected.variant->constructors.front().parameters.empty()) {
    wanted = expected.variant->constructors.front().parameters.front().type->kind;
  }
  if (wanted == TypeKind::duration || wanted == TypeKind::percent || wanted == TypeKind::size) {
    sink_.report(diag::bare_number, expr.span, std::to_string(number.value), describe(expected))
        .replace(expr.span, likely_unit(number.value, wanted));
    return error_at(expr.span);
  }
  if (expected.kind == TypeKind::account) {
    sink_.report(diag::type_mismatch, expr.span, describe(expected), "a number")
        .note("as a number an account would lose its leading zeros")
        .fix("put it in quotes", {{expr.span, fmt::format("\"{:012}\"", number.value)}});
    return error_at(expr.span);
  }
  return conform(make(expr.span, number.value), expected);
}

Value Evaluator::list(const ast::ListExpr& list, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  if (expected.kind == TypeKind::run_time) {
    const Type* texts = types_.list_of(types_.simple(TypeKind::string));
    return this->list(list, expr, *texts, scope);
  }
  if (expected.kind != TypeKind::list) {
    if (expected.kind != TypeKind::error) {
      sink_.report(diag::type_mismatch, expr.span, describe(expected), "a list");
    }
    return error_at(expr.span);
  }
  std::vector<Value> items;
  bool failed = false;
  for (const ast::Expr& item : list.items) {
    items.push_back(evaluate(item, *expected.item, scope));
    failed = failed || items.back().is_error();
  }
  if (failed) return error_at(expr.span);
  return make_list(expr.span, std::move(items));
}

Value Evaluator::record(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected,
                        const Scope& scope) {
  if (expected.kind == TypeKind::map) return map(record, expr, expected, scope);
  if (expected.kind != TypeKind::record) {
    if (expected.kind != TypeKind::error) {
      sink_.report(diag::type_mismatch, expr.span, describe(expected), "a record");
    }
    return error_at(expr.span);
  }
  std::vector<Parameter> parameters;
  for (const RecordField& field : expected.fields) {
    parameters.push_back({field.name, field.type, field.default_value, scope.module, {}, expr.span});
  }
  return make_map(expr.span, bind(parameters, record.fields, scope, "this record", expr.span));
}

Value Evaluator::map(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected,
                     const Scope& scope) {
  NamedValues entries;
  std::unordered_map<std::string_view, const ast::Field*> seen;
  bool failed = false;
  for (const ast::Field& field : record.fields) {
    if (field.op == ast::AssignOp::unset) {
      sink_.report(diag::unset_not_here, field.span);
      failed = true;
      continue;
    }
    const auto [first, added] = seen.emplace(field.key.text, &field);
    if (!added) {
      report_repeated(field, *first->second);
      continue;
    }
    entries.emplace_back(std::string(field.key.text), evaluate(field.value, *expected.item, scope));
    failed = failed || entries.back().second.is_error();
  }
  if (failed) return error_at(expr.span);
  return make_map(expr.span, std::move(entries));
}

void Evaluator::report_repeated(const ast::Field& again, const ast::Field& first) {
  sink_.report(diag::repeated_property, again.key.span, again.key.text)
      .label(first.key.span, "first set here")
      .replace(again.span, "");
}

void Evaluator::report_unknown_property(const ast::Name& key, std::string_view owner,
                                        const std::vector<std::string_view>& known) {
  auto report = sink_.report(diag::unknown_property, key.span, key.text, owner);
  if (const auto likely = nearest(key.text, known)) {
    report.replace(key.span, std::string(*likely));
    return;
  }
  const std::vector<std::string> names(known.begin(), known.end());
  constexpr size_t most_listed = 30;
  if (!names.empty()) report.note(fmt::format("known are {}", quoted_list(names, "and", most_listed)));
}

Value Evaluator::default_of(const Parameter& parameter, const Scope& scope) {
  const auto [entry, first] = defaults_.try_emplace(parameter.default_value);
  if (first) {
    const Value value =
        evaluate(*parameter.default_value, *parameter.type, {parameter.module, nullptr, scope.vocabulary});
    defaults_[parameter.default_value] = value;
    return value;
  }
  return entry->second;
}

GivenField find_field(const std::vector<FieldLayer>& layers, std::string_view name) {
  GivenField found;
  for (const FieldLayer& layer : layers) {
    for (const ast::Field& field : *layer.fields) {
      if (field.key.text == name) found = {&field, layer.module};
    }
  }
  return found;
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
  for (const FieldLayer& layer : layers) {
    for (const ast::Field& field : *layer.fields) {
      if (std::find(names.begin(), names.end(), field.key.text) == names.end()) {
        report_unknown_property(field.key, owner, names);
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
    } else if (parameter.default_value != nullptr) {
      values.emplace_back(parameter.name, default_of(parameter, scope));
    } else if (!parameter.type->optional && !scope.open) {
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
  } else if (expected.kind == TypeKind::block) {
    if (const TargetBlock* block = expected.target->find_block(name)) {
      return construct(block->name, block->parameters, nullptr, call, expr, scope);
    }
    for (const TargetBlock& block : expected.target->blocks)
      known.push_back(block.name);
  } else if (expected.kind != TypeKind::error) {
    sink_.report(diag::type_mismatch, expr.span, describe(expected), fmt::format("`{}(…)`", name));
    return error_at(expr.span);
  }
  auto report =
      sink_.report(diag::type_mismatch, call.callee.span, describe(expected), fmt::format("`{}(…)`", name));
  if (const auto likely = nearest(name, known)) report.replace(call.callee.span, std::string(*likely));
  return error_at(expr.span);
}

Value Evaluator::construct(std::string_view constructor, const std::vector<Parameter>& parameters,
                           const VariantType* variant, const ast::CallExpr& call, const ast::Expr& expr,
                           const Scope& scope) {
  auto arguments = bind_arguments(constructor, parameters, call.arguments, expr.span, scope);
  if (!arguments) return error_at(expr.span);
  size_t weight = 1;
  for (const auto& argument : *arguments) weight += argument.second.weight;
  return {expr.span,
          ConstructedValue{variant, std::string(constructor),
                           std::make_shared<const NamedValues>(std::move(*arguments))},
          weight};
}

std::optional<NamedValues> Evaluator::bind_arguments(std::string_view callee,
                                                     const std::vector<Parameter>& parameters,
                                                     const std::vector<ast::Argument>& given_arguments,
                                                     Span span, const Scope& scope) {
  // Positional arguments come first. The only parameter takes all of them when it is a list.
  const bool collects = parameters.size() == 1 && parameters.front().type->kind == TypeKind::list;
  std::unordered_map<std::string_view, Value> given;
  std::vector<Value> collected;
  size_t position = 0;
  bool failed = false;
  for (const ast::Argument& argument : given_arguments) {
    const Parameter* parameter = nullptr;
    if (argument.name) {
      for (const Parameter& candidate : parameters) {
        if (candidate.name == argument.name->text) parameter = &candidate;
      }
      if (parameter == nullptr) {
        std::vector<std::string_view> names;
        for (const Parameter& candidate : parameters)
          names.push_back(candidate.name);
        report_unknown_property(*argument.name, fmt::format("`{}(…)`", callee), names);
        failed = true;
        continue;
      }
    } else if (collects && given_arguments.size() > 1) {
      collected.push_back(evaluate(argument.value, *parameters.front().type->item, scope));
      failed = failed || collected.back().is_error();
      continue;
    } else if (position < parameters.size()) {
      parameter = &parameters[position++];
    } else {
      sink_.report(diag::too_many_arguments, argument.value.span, callee,
                   static_cast<int>(parameters.size()));
      failed = true;
      continue;
    }
    if (given.contains(parameter->name)) {
      sink_.report(diag::repeated_property, argument.value.span, parameter->name);
      failed = true;
      continue;
    }
    Value value = evaluate(argument.value, *parameter->type, scope);
    failed = failed || value.is_error();
    given.emplace(parameter->name, std::move(value));
  }
  if (!collected.empty()) given.emplace(parameters.front().name, make_list(span, std::move(collected)));

  NamedValues arguments;
  for (const Parameter& parameter : parameters) {
    const auto value = given.find(parameter.name);
    if (value != given.end()) {
      arguments.emplace_back(parameter.name, value->second);
    } else if (parameter.default_value != nullptr) {
      arguments.emplace_back(parameter.name, default_of(parameter, scope));
    } else if (!parameter.type->optional && !failed) {
      sink_.report(diag::missing_argument, span, callee, parameter.name, describe(*parameter.type));
      failed = true;
    }
  }
  if (failed) return std::nullopt;
  return arguments;
}

std::optional<Value> Evaluator::expected_name(const ast::Path& path, const ast::Expr& expr,
                                              const Type& expected, const Scope& scope) {
  const std::string name = path.text();
  const bool plain = path.parts.size() == 1;
  switch (expected.kind) {
    case TypeKind::boolean:
      if (plain && (name == "true" || name == "false")) return make(expr.span, name == "true");
      break;
    case TypeKind::severity:
    case TypeKind::enumeration:
      if (plain &&
          std::find(expected.members.begin(), expected.members.end(), name) != expected.members.end()) {
        return make(expr.span, MemberValue{name, &expected});
      }
      break;
    case TypeKind::variant:
      if (const Constructor* constructor = plain ? expected.variant->find(name) : nullptr) {
        const ast::CallExpr call{path, {}};
        return construct(constructor->name, constructor->parameters, expected.variant, call, expr, scope);
      }
      break;
    case TypeKind::reference:
      if (expected.space == Space::group) {
        if (const Entity* group =
                plain ? declarations_.find(*scope.module, name, {EntityKind::group}) : nullptr) {
          return make(expr.span, ReferenceValue{Space::group, std::string(group->name)});
        }
      } else if (expected.space == Space::capability) {
        static const std::vector<const Module*> no_vocabulary;
        const auto& vocabulary = scope.vocabulary == nullptr ? no_vocabulary : *scope.vocabulary;
        if (plain && declarations_.find_capability(name, *scope.module, vocabulary) != nullptr) {
          return make(expr.span, ReferenceValue{Space::capability, name});
        }
      } else if (scope.names != nullptr) {
        if (auto found = scope.names->reference(expected.space, name)) {
          return make(expr.span, ReferenceValue{expected.space, std::move(*found)});
        }
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<Value> Evaluator::attribute(Value value, const ast::Name& name) {
  if (value.is_error()) return value;
  if (const auto* artifact = value.as<ArtifactValue>()) {
    const auto known = attributes_of(artifact->type);
    if (std::find(known.begin(), known.end(), name.text) == known.end()) {
      auto report = sink_.report(diag::unknown_attribute, name.span, artifact->type, name.text);
      std::vector<std::string> names(known.begin(), known.end());
      report.note(fmt::format("it has {}", quoted_list(names)));
      return error_at(name.span);
    }
    return make(value.span, RunTimeValue{artifact->name, std::string(name.text), false});
  }
  if (const Value* field = value.find(name.text)) {
    Value found = *field;
    found.span = name.span;
    return found;
  }
  return std::nullopt;
}

std::optional<Value> Evaluator::named(const ast::Path& path, const Scope& scope) {
  const ast::Name& first = path.parts.front();
  std::optional<Value> value;
  size_t next = 1;
  const bool own_output = first.text == "outputs" && path.parts.size() > 1 && scope.names != nullptr;
  if (own_output) {
    if (auto artifact = scope.names->output(path.parts[1].text)) {
      value = make(path.span, std::move(*artifact));
      next = 2;
    }
  }
  if (!value && scope.names != nullptr) value = scope.names->value(first.text, first.span);
  if (!value) {
    if (const Entity* entity = declarations_.find(*scope.module, first.text, {EntityKind::let})) {
      value = let(*entity);
    }
  }
  for (; value && next < path.parts.size(); ++next)
    value = attribute(std::move(*value), path.parts[next]);
  if (!value) return std::nullopt;
  value->span = path.span;
  if (auto* run_time = std::get_if<RunTimeValue>(&value->data)) run_time->own = own_output;
  return value;
}

Value Evaluator::let(const Entity& entity) {
  const auto [entry, first] = lets_.try_emplace(&entity);
  if (!first) {
    if (entry->second) return *entry->second;
    sink_.report(diag::circular_definition, entity.span, entity.name);
    return error_at(entity.span);
  }
  const auto& node = std::get<ast::Let>(*entity.node);
  const Type* type = declarations_.resolve_type(node.type, *entity.module);
  Value value = evaluate(node.value, *type, {entity.module, nullptr, nullptr});
  lets_[&entity] = value;
  return value;
}

void Evaluator::unknown_name(const ast::Path& path, const Type& expected, const Scope& scope) {
  if (declarations_.is_missing_import(*scope.module, path.parts.front().text)) return;
  std::vector<std::string_view> known;
  switch (expected.kind) {
    case TypeKind::boolean:
      known = {"true", "false"};
      break;
    case TypeKind::severity:
    case TypeKind::enumeration:
      known = expected.members;
      break;
    case TypeKind::variant:
      for (const Constructor& constructor : expected.variant->constructors)
        known.push_back(constructor.name);
      break;
    case TypeKind::reference:
      if (expected.space == Space::group) {
        known = declarations_.visible(*scope.module, {EntityKind::group});
      } else if (scope.names != nullptr) {
        known = scope.names->reference_names(expected.space);
      }
      break;
    default:
      break;
  }
  if (expected.kind != TypeKind::reference) {
    if (scope.names != nullptr) {
      const auto names = scope.names->value_names();
      known.insert(known.end(), names.begin(), names.end());
    }
    const auto lets = declarations_.visible(*scope.module, {EntityKind::let});
    known.insert(known.end(), lets.begin(), lets.end());
  }
  const std::string name = path.text();
  const bool reference = expected.kind == TypeKind::reference;
  const std::string_view what = reference ? noun(expected.space) : "value";
  auto report = sink_.report(diag::unknown_name, path.span, what, name);
  if (const auto likely = nearest(name, known)) {
    report.replace(path.span, std::string(*likely));
  } else if (is_text_like(expected.kind) || expected.kind == TypeKind::run_time) {
    report.fix("put it in quotes", {{path.span, fmt::format("\"{}\"", name)}});
  }
  const bool members = expected.kind == TypeKind::enumeration || expected.kind == TypeKind::severity;
  if (members) report.note(fmt::format("expected {}", describe(expected)));
}

Value Evaluator::path(const ast::Path& path, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  if (path.parts.empty()) return error_at(expr.span);
  if (auto value = expected_name(path, expr, expected, scope)) return *value;
  if (expected.kind == TypeKind::list) {
    if (auto item = expected_name(path, expr, *expected.item, scope)) {
      if (item->is_error()) return *item;
      return make_list(expr.span, {std::move(*item)});
    }
  }
  if (auto value = named(path, scope)) return conform(std::move(*value), expected);
  const Type& described = expected.kind == TypeKind::list ? *expected.item : expected;
  if (described.kind != TypeKind::error) unknown_name(path, described, scope);
  return error_at(expr.span);
}

Value Evaluator::table(const ast::TableExpr& table, const ast::Expr& expr, const Type& expected,
                       const Scope& scope) {
  const auto key = named(table.key, scope);
  if (!key) {
    unknown_name(table.key, *types_.simple(TypeKind::string), scope);
    return error_at(expr.span);
  }
  if (key->is_error()) return error_at(expr.span);
  const auto* member = key->as<MemberValue>();
  if (member == nullptr) {
    sink_.report(diag::table_key, table.key.span, describe(*key));
    return error_at(expr.span);
  }
  std::unordered_map<std::string_view, const ast::Field*> rows;
  std::optional<Value> chosen;
  for (const ast::Field& row : table.rows.fields) {
    const auto& members = member->type->members;
    if (std::find(members.begin(), members.end(), row.key.text) == members.end()) {
      report_unknown_property(row.key, fmt::format("the table of `{}`", table.key.text()), members);
      continue;
    }
    const auto [first, added] = rows.emplace(row.key.text, &row);
    if (!added) report_repeated(row, *first->second);
    Value value = evaluate(row.value, expected, scope);
    if (row.key.text == member->name) chosen = std::move(value);
  }
  for (const std::string_view name : member->type->members) {
    if (!rows.contains(name)) sink_.report(diag::table_incomplete, expr.span, name);
  }
  return chosen ? *chosen : error_at(expr.span);
}

}  // namespace pipec::sema
