#include "compiler/sema/evaluate.h"
#include "compiler/sema/text_forms.h"
#include "compiler/support/credential.h"

#include <fmt/core.h>

namespace pipec::sema {
namespace {

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
      expected.kind == TypeKind::enumeration || expected.kind == TypeKind::severity) {
    return text_for_name(std::move(value), expr.span, expected);
  }
  check_text(value, expr.span);
  return conform(make_value(expr.span, std::move(value)), expected);
}

Value Evaluator::text_for_name(TextValue text, Span span, const Type& expected) {
  const std::string inside = text.text;
  auto report = sink_.report(diag::type_mismatch, span, describe(expected),
                             describe(make_value(span, std::move(text))));
  // A quoted name is usually meant as the name.
  const Constructor* constructor =
      expected.kind == TypeKind::variant ? expected.variant->find(inside) : nullptr;
  const bool may_be_name =
      expected.kind != TypeKind::variant || (constructor != nullptr && constructor->parameters.empty());
  if (may_be_name && !inside.empty()) {
    report.replace(span, inside);
  } else if (expected.kind == TypeKind::variant && expected.variant->name == "secret") {
    report.note("name the secret with `secret(\"NAME\")`; its value stays in the platform's store");
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
  return conform(make_value(expr.span, number.value), expected);
}

}  // namespace pipec::sema
