// What expressions evaluate to. Values are immutable and share their parts, so copying one is cheap.
#pragma once

#include "compiler/sema/types.h"
#include "compiler/source/source.h"
#include "compiler/support/duration.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::sema {

struct Entity;
struct Value;

struct TextValue {
  // Which of the text types it is; a string is never taken for a command.
  TypeKind type = TypeKind::string;
  std::string text;
  // Built with `\(…)`; such a text cannot be put into another one.
  bool interpolated = false;
};

struct PercentValue {
  int64_t percent = 0;
};

struct SizeValue {
  int64_t bytes = 0;
};

struct ListValue {
  std::shared_ptr<const std::vector<Value>> items;
};

using NamedValues = std::vector<std::pair<std::string, Value>>;

// A record or a map: in the order in which it was written.
struct MapValue {
  std::shared_ptr<const NamedValues> entries;
};

// A member of an enumeration or a severity.
struct MemberValue {
  std::string name;
  // The type whose member it is.
  const Type* type = nullptr;
};

// A value of a variant, or an instance of a target's building block: `canary(10%, bake = 5m)`.
struct ConstructedValue {
  const VariantType* variant = nullptr;
  std::string constructor;
  std::shared_ptr<const NamedValues> arguments;
};

struct ReferenceValue {
  Space space = Space::source;
  // `beta.integration` for an element.
  std::string name;
  // Of a group or a runbook: its declaration, whatever name it was imported by.
  const Entity* entity = nullptr;
  // Of a kind of source: where it is kept, `tests("tests/**")`; empty when nobody says.
  std::vector<std::string> paths;
};

// An artifact of the pipeline.
struct ArtifactValue {
  std::string name;
  std::string type;
};

// An attribute of an artifact, known only when the pipeline runs: `image.uri`, `outputs.image.uri`.
struct RunTimeValue {
  std::string artifact;
  std::string attribute;
  // Of an artifact that the element itself makes.
  bool own = false;
};

struct Value {
  // Where it was written.
  Span span;
  // monostate: a mistake that was reported.
  std::variant<std::monostate, TextValue, int64_t, bool, Duration, PercentValue, SizeValue, ast::DateExpr,
               ListValue, MapValue, MemberValue, ConstructedValue, ReferenceValue, ArtifactValue,
               RunTimeValue>
      data;
  // How many values it holds in all, shared parts counted as often as they occur.
  size_t weight = 1;

  bool is_error() const { return std::holds_alternative<std::monostate>(data); }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  // The parts, empty for anything else.
  const std::vector<Value>& items() const;
  const NamedValues& entries() const;
  // The entry of a map or the argument of a constructed value.
  const Value* find(std::string_view name) const;
  std::string text() const;
};

// The value that stands for a reported mistake at `span`.
inline Value error_at(Span span) { return {span, std::monostate(), 1}; }

// A value without parts.
template <class T>
Value make_value(Span span, T data) {
  return {span, std::move(data), 1};
}

Value make_list(Span span, std::vector<Value> items);
Value make_map(Span span, NamedValues entries);

// As the language spells it; what `explain` prints.
std::string spell(const Value& value);
// Equal as values; where they were written does not count.
bool same(const Value& a, const Value& b);

// "a duration", "the text `x`": what was found, for messages.
std::string describe(const Value& value);

}  // namespace pipec::sema
