#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/text_forms.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// Whether a platform can print it where a text is expected.
bool prints_as_text(const Value& value) {
  const auto* text = value.as<TextValue>();
  const auto* constructed = value.as<ConstructedValue>();
  return (text != nullptr && text->type != TypeKind::command) || value.as<int64_t>() != nullptr ||
         value.as<bool>() != nullptr || value.as<MemberValue>() != nullptr ||
         value.as<RunTimeValue>() != nullptr || value.as<Duration>() != nullptr ||
         value.as<PercentValue>() != nullptr || value.as<SizeValue>() != nullptr ||
         (constructed != nullptr && constructed->variant != nullptr && constructed->arguments->empty());
}

bool fits_run_time(const Value& value) {
  if (value.as<ListValue>() == nullptr) return prints_as_text(value);
  // A list of such texts is one text with a line for each.
  return std::all_of(value.items().begin(), value.items().end(), [](const Value& item) {
    return item.as<RunTimeValue>() == nullptr && (item.is_error() || prints_as_text(item));
  });
}

// What was most likely meant by a literal of another type: a number in quotes, a text without them, an
// artifact instead of what is known of it when the pipeline runs.
std::optional<std::string> likely_literal(const Value& found, const Type& expected) {
  if (const auto* text = found.as<TextValue>()) {
    const bool literal = is_literal(expected.kind, text->text);
    return literal ? std::optional(text->text) : std::nullopt;
  }
  if (const auto* number = found.as<int64_t>()) {
    if (expected.kind == TypeKind::boolean && (*number == 0 || *number == 1))
      return *number == 1 ? "true" : "false";
    if (expected.kind == TypeKind::string || expected.kind == TypeKind::text)
      return fmt::format("\"{}\"", *number);
  }
  const auto* artifact = found.as<ArtifactValue>();
  if (artifact != nullptr && expected.kind == TypeKind::run_time)
    return fmt::format("{}.{}", artifact->name, artifact->type == "container" ? "uri" : "path");
  return std::nullopt;
}

}  // namespace

Value Evaluator::mismatch(const Value& found, const Type& expected) {
  if (found.is_error()) return found;
  if (found.as<RunTimeValue>() != nullptr) {
    sink_.report(diag::run_time_value_here, found.span, spell(found));
    return error_at(found.span);
  }
  auto report = sink_.report(diag::type_mismatch, found.span, describe(expected), describe(found));
  if (const auto meant = likely_literal(found, expected)) report.replace(found.span, *meant);
  const auto* text = found.as<TextValue>();
  if (text != nullptr && expected.kind == TypeKind::command) {
    report.note("a command is a literal without `\\(…)`; values reach it through `env`")
        .note("a constant that holds one is declared as `let NAME: command`");
  }
  const auto* constructed = found.as<ConstructedValue>();
  if (constructed != nullptr && constructed->variant != nullptr && constructed->variant->name == "secret") {
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
    case TypeKind::zone:
    case TypeKind::moment:
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
      return fits_run_time(value);
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

bool Evaluator::has_forms(const Value& value, const Type& expected) {
  if (value.is_error()) return true;
  bool good = true;
  switch (expected.kind) {
    case TypeKind::string:
      if (expected.form == nullptr || expected.form->fits(value.text())) return true;
      sink_.report(diag::malformed_text, value.span, value.text(), expected.form->rule);
      return false;
    case TypeKind::list:
      for (const Value& item : value.items())
        good = has_forms(item, *expected.item) && good;
      return good;
    case TypeKind::map:
      for (const auto& entry : value.entries())
        good = has_forms(entry.second, *expected.item) && good;
      return good;
    case TypeKind::record:
      for (const RecordField& field : expected.fields) {
        const Value* found = value.find(field.name);
        if (found != nullptr) good = has_forms(*found, *field.type) && good;
      }
      return good;
    default:
      return true;
  }
}

Value Evaluator::conform(Value value, const Type& expected) {
  if (value.is_error()) return value;
  if (fits(value, expected)) {
    if (!has_forms(value, expected)) return error_at(value.span);
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

}  // namespace pipec::sema
