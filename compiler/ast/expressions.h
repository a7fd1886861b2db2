// Names, expressions, types and parameters: what every part of a file is written with.
#pragma once

#include "compiler/source/source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pipec::ast {

struct Name {
  std::string_view text;
  Span span;

  bool empty() const { return text.empty(); }
};

// `prod.window`
struct Path {
  std::vector<Name> parts;
  Span span;

  std::string text() const;
  const Name& last() const { return parts.back(); }
};

struct Expr;

// A literal text. `parts` alternates literal text and references: text[0] ref[0] text[1] ref[1] … text[n].
struct TextExpr {
  enum class Form : uint8_t { quoted, raw, block };
  Form form = Form::quoted;
  std::vector<std::string> texts;
  std::vector<Path> references;
};

enum class Unit : uint8_t { none, duration, percent, size };

// `value` is in seconds, percent or bytes, as `unit` says.
struct NumberExpr {
  Unit unit = Unit::none;
  int64_t value = 0;
};

struct DateExpr {
  int16_t year = 0;
  uint8_t month = 0;
  uint8_t day = 0;
};

struct ListExpr {
  std::vector<Expr> items;
};

struct Field;

struct RecordExpr {
  std::vector<Field> fields;
};

struct Argument;

struct CallExpr {
  Path callee;
  std::vector<Argument> arguments;
};

struct PathExpr {
  Path path;
};

// `fail_on -> { critical = "CRITICAL" … }`: the total table, the one computed expression.
struct TableExpr {
  Path key;
  RecordExpr rows;
};

struct MissingExpr {};

struct Expr {
  Span span;
  std::variant<MissingExpr, TextExpr, NumberExpr, DateExpr, ListExpr, RecordExpr, CallExpr, PathExpr,
               TableExpr>
      node;
};

struct Argument {
  std::optional<Name> name;
  Expr value;
};

enum class AssignOp : uint8_t { set, add, unset };

// `key = value`, `key += value` or `unset key` (which has a MissingExpr as its value).
struct Field {
  Name key;
  bool quoted_key = false;
  AssignOp op = AssignOp::set;
  Expr value;
  Span span;
};

struct TypeField;

struct TypeExpr {
  enum class Form : uint8_t { named, record, enumeration };
  Form form = Form::named;
  Name name;
  std::vector<TypeExpr> arguments;
  // `container | files`: one of several artifact types.
  bool alternatives = false;
  std::vector<TypeField> fields;
  std::vector<Name> members;
  bool optional = false;
  Span span;
};

struct TypeField {
  Name name;
  TypeExpr type;
  std::optional<Expr> default_value;
};

struct Parameter {
  Name name;
  TypeExpr type;
  std::optional<Expr> default_value;
  std::string doc;
  Span span;
};

}  // namespace pipec::ast
