// The types of the language. Types are made once per compilation and compared by structure.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/support/expression.h"

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

enum class TypeKind : uint8_t {
  error,  // a mistake that was reported; fits everything
  string,
  text,
  command,
  integer,
  boolean,
  duration,
  percent,
  size,
  date,
  severity,
  account,
  cron,
  window,
  zone,
  moment,
  url,
  run_time,  // a string, or a value that exists only when the pipeline runs
  list,
  map,
  record,
  enumeration,
  variant,
  artifact,
  reference,
  block,  // a building block of a target
};
inline constexpr size_t type_kind_count = static_cast<size_t>(TypeKind::block) + 1;

// What a `reference` refers to.
enum class Space : uint8_t {
  source,
  environment,
  stage,
  element,
  route,
  target,
  group,
  capability,
  pipeline,
  runbook,
  // The code of a rule, which a finding carries.
  rule,
  // Of a profile.
  role,
};

struct Type;

struct RecordField {
  std::string_view name;
  const Type* type = nullptr;
  const ast::Expr* default_value = nullptr;
};

struct VariantType;
struct Target;

// What a text must look like: `let NAME: pattern = pattern('EXPRESSION', "RULE", longest = 100)`,
// used as `string<NAME>`.
struct TextForm {
  std::string_view name;
  Expression expression;
  // In words, to be put behind the text that breaks it.
  std::string rule;
  // In bytes.
  size_t longest = 0;

  bool fits(std::string_view text) const { return text.size() <= longest && expression.matches(text); }
};

struct Type {
  TypeKind kind = TypeKind::error;
  bool optional = false;
  // enumeration and severity: the names of the members.
  std::vector<std::string_view> members;
  // list: the item; map: the value (keys are texts).
  const Type* item = nullptr;
  std::vector<RecordField> fields;
  // The names of the artifact types that fit; all of them when empty.
  std::vector<std::string_view> artifacts;
  // string: the form that it must have; null when it may be any text.
  const TextForm* form = nullptr;
  Space space = Space::source;
  // variant; reference: what may stand in brackets behind the name is the parameters of the only constructor.
  const VariantType* variant = nullptr;
  // block: the target that offers the blocks.
  const Target* target = nullptr;
};

// From the loosest to the strictest.
inline constexpr std::array<std::string_view, 4> severities{"low", "medium", "high", "critical"};

// Whether its values are written as texts.
bool is_text_like(TypeKind kind);

// As a person reads it in a message: "a duration", "a list of texts".
std::string describe(const Type& type);

class TypeTable {
 public:
  const Type* make(Type type) { return &types_.emplace_back(std::move(type)); }
  const Type* simple(TypeKind kind);
  const Type* list_of(const Type* item);
  const Type* map_of(const Type* item);
  const Type* reference_to(Space space);

 private:
  std::deque<Type> types_;
  std::array<const Type*, type_kind_count> simple_{};
};

}  // namespace pipec::sema
