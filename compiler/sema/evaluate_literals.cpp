#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/text_forms.h"
#include "compiler/support/credential.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// Of a duration without its unit nobody knows which was meant: `24` may be hours or minutes.
void suggest_unit(DiagnosticBuilder& report, Span at, int64_t value, TypeKind kind) {
  if (kind == TypeKind::duration) {
    // Nobody waits an hour by saying 60; below that, seconds are rare.
    report.fix(value >= 60 ? fmt::format("write `{0}s` or `{0}m`", value)
                           : fmt::format("write `{0}m` or `{0}h`", value),
               {});
  } else {
    report.replace(at, fmt::format("{}{}", value, kind == TypeKind::percent ? "%" : "MiB"));
  }
}

std::string units_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::duration:
      return "units are `s`, `m`, `h` and `d`: `60s` is a minute, `60m` an hour";
    case TypeKind::percent:
      return "a percentage ends with `%`";
    default:
      return "units are `KiB`, `MiB`, `GiB` and `TiB`";
  }
}

// The type of what stands for a variant without its constructor: a duration for `budget = 10m`.
const Type& value_alone(const Type& type) {
  if (type.kind != TypeKind::variant) return type;
  const auto& parameters = type.variant->constructors.front().parameters;
  return parameters.size() == 1 ? *parameters.front().type : type;
}

// Names of secrets are mostly written so, and secrets are not.
bool is_in_capitals(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The constructor that takes just this text, when there is only one: `github("acme/app")` for `"acme/app"`.
const Constructor* constructor_for(const VariantType& variant, const std::string& text) {
  const Constructor* only = nullptr;
  for (const Constructor& constructor : variant.constructors) {
    if (constructor.parameters.empty()) continue;
    const bool single =
        std::all_of(constructor.parameters.begin() + 1, constructor.parameters.end(),
                    [](const Parameter& p) { return p.default_value != nullptr || p.type->optional; });
    const Type& first = *constructor.parameters.front().type;
    const Type& type = first.kind == TypeKind::list ? *first.item : first;
    if (!single || type.kind != TypeKind::string) continue;
    if (type.form != nullptr && !type.form->fits(text)) continue;
    if (only != nullptr) return nullptr;
    only = &constructor;
  }
  return only;
}

}  // namespace

void Evaluator::check_text(const TextValue& value, Span span) {
  if (const auto credential = find_credential(value.text)) {
    sink_.report(diag::credential_literal, span, credential->kind)
        .note("take it out of the file and its history, revoke it, and use `secret(\"NAME\")`");
  }
  std::optional<std::string> mistake;
  if (value.type == TypeKind::account) mistake = account_mistake(value.text);
  if (value.type == TypeKind::cron) mistake = cron_mistake(value.text);
  if (value.type == TypeKind::window) mistake = window_mistake(value.text);
  if (value.type == TypeKind::zone) mistake = zone_mistake(value.text);
  if (value.type == TypeKind::moment) mistake = moment_mistake(value.text);
  if (value.type == TypeKind::url) mistake = url_mistake(value.text);
  if (!mistake) return;
  auto report = sink_.report(diag::malformed_text, span, value.text, *mistake);
  if (const auto meant = likely_form(value.type, value.text))
    report.replace(span, fmt::format("\"{}\"", *meant));
}

Value Evaluator::text(const ast::TextExpr& text, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  TextValue value{is_text_like(expected.kind) ? expected.kind : TypeKind::string, text.texts.front(), false};
  const auto is_too_long = [&] {
    if (value.text.size() <= max_text) return false;
    sink_.report(diag::text_too_long, expr.span, "text", static_cast<int>(max_text >> 10), "KiB");
    return true;
  };
  if (is_too_long()) return error_at(expr.span);
  for (size_t i = 0; i < text.references.size(); ++i) {
    value.interpolated = true;
    const ast::Path& reference = text.references[i];
    const auto part = named(reference, scope);
    if (!part) {
      // In a text no quotes can be proposed for it.
      unknown_name(reference, *types_.simple(TypeKind::error), scope);
      return error_at(expr.span);
    }
    if (part->is_error()) return error_at(expr.span);
    const auto* inner = part->as<TextValue>();
    const auto* constructed = part->as<ConstructedValue>();
    const bool printable = (inner != nullptr && inner->type != TypeKind::command) ||
                           part->as<int64_t>() != nullptr || part->as<MemberValue>() != nullptr ||
                           (constructed != nullptr && constructed->arguments->empty());
    const bool secret =
        constructed != nullptr && constructed->variant != nullptr && constructed->variant->name == "secret";
    if (!printable || (inner != nullptr && inner->interpolated)) {
      const std::string why = secret      ? "a secret, which is never printed"
                              : printable ? "a text with a `\\(…)` of its own"
                                          : describe(*part);
      auto report = sink_.report(diag::cannot_interpolate, reference.span, reference.text(), why);
      if (secret) report.note("give it to a command by `secrets = { NAME = … }`");
      return error_at(expr.span);
    }
    value.text += part->text();
    value.text += text.texts[i + 1];
    if (is_too_long()) return error_at(expr.span);
  }
  if (value.interpolated && exceeds(declarations_.usage.texts, value.text.size(), max_texts))
    sink_.report(diag::texts_too_long, expr.span, static_cast<int>(max_texts >> 20));
  if (value.interpolated && declarations_.usage.texts > max_texts) return error_at(expr.span);
  if (value.interpolated && expected.kind == TypeKind::command) {
    sink_.report(diag::interpolated_command, text.references.front().span)
        .note("a command never contains other values, so that none of them can be run as code")
        .note("pass the value through `env` and write `\"$NAME\"` in the command");
    return error_at(expr.span);
  }
  if (expected.kind == TypeKind::variant || expected.kind == TypeKind::reference ||
      expected.kind == TypeKind::enumeration || expected.kind == TypeKind::severity ||
      expected.kind == TypeKind::artifact) {
    return text_for_name(std::move(value), expr.span, expected, scope);
  }
  check_text(value, expr.span);
  return conform(make_value(expr.span, std::move(value)), expected);
}

std::optional<std::string> Evaluator::name_in_quotes(const std::string& inside, const Type& expected,
                                                     const Scope& scope) {
  std::vector<std::string_view> known;
  switch (expected.kind) {
    case TypeKind::severity:
    case TypeKind::enumeration:
      known = expected.members;
      break;
    case TypeKind::variant:
      for (const Constructor& constructor : expected.variant->constructors) {
        if (constructor.parameters.empty()) known.push_back(constructor.name);
      }
      break;
    case TypeKind::artifact:
      if (scope.names != nullptr) known = scope.names->value_names();
      break;
    case TypeKind::reference:
      if (expected.space == Space::group) {
        known = declarations_.visible(*scope.module, {EntityKind::group});
      } else if (expected.space == Space::capability) {
        known = declarations_.visible(*scope.module, {EntityKind::capability});
      } else if (scope.names != nullptr) {
        known = scope.names->reference_names(expected.space);
      }
      break;
    default:
      break;
  }
  if (std::find(known.begin(), known.end(), inside) != known.end()) return inside;
  const auto likely = nearest(inside, known);
  return likely ? std::optional<std::string>(*likely) : std::nullopt;
}

Value Evaluator::text_for_name(TextValue text, Span span, const Type& expected, const Scope& scope) {
  const std::string inside = text.text;
  const bool secret = expected.kind == TypeKind::variant && expected.variant->name == "secret";
  if (secret && find_credential(inside)) {
    check_text(text, span);
    return error_at(span);
  }
  auto report = sink_.report(diag::type_mismatch, span, describe(expected),
                             describe(make_value(span, std::move(text))));
  // A quoted name is usually meant as the name, another text as the argument of the constructor that takes
  // it.
  if (const auto name = name_in_quotes(inside, expected, scope)) {
    report.replace(span, *name);
  } else if (secret && !is_in_capitals(inside)) {
    report.note("name the secret with `secret(\"NAME\")`; its value stays in the platform's store");
  } else if (is_literal(value_alone(expected).kind, inside)) {
    report.replace(span, inside);
  } else if (expected.kind == TypeKind::variant) {
    const Constructor* constructor = constructor_for(*expected.variant, inside);
    if (constructor == nullptr) return error_at(span);
    report.fix(fmt::format("write `{}(\"{}\")`", constructor->name, inside),
               {{{span.source, span.begin, span.begin}, fmt::format("{}(", constructor->name)},
                {{span.source, span.end, span.end}, ")"}});
  }
  return error_at(span);
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
      return conform(make_value(expr.span, Duration{number.value}), expected);
    case ast::Unit::percent:
      if (number.value > 100) {
        sink_.report(diag::percent_too_large, expr.span);
        return error_at(expr.span);
      }
      return conform(make_value(expr.span, PercentValue{number.value}), expected);
    case ast::Unit::size:
      return conform(make_value(expr.span, SizeValue{number.value}), expected);
  }
  const Type& wanted = value_alone(expected);
  if (wanted.kind == TypeKind::duration || wanted.kind == TypeKind::percent ||
      wanted.kind == TypeKind::size) {
    auto report = sink_.report(diag::bare_number, expr.span, std::to_string(number.value), describe(wanted));
    report.note(units_of(wanted.kind));
    suggest_unit(report, expr.span, number.value, wanted.kind);
    return error_at(expr.span);
  }
  if (expected.kind == TypeKind::account) {
    sink_.report(diag::type_mismatch, expr.span, describe(expected), "a number")
        .note("as a number an account would lose its leading zeros")
        .fix("put it in quotes", {{expr.span, fmt::format("\"{:012}\"", number.value)}});
    return error_at(expr.span);
  }
  return conform(make_value(expr.span, number.value), expected);
}

}  // namespace pipec::sema
