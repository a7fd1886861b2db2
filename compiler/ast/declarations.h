// What stands at top level besides pipelines: imports, types, capabilities, profiles, groups, runbooks,
// targets, tests.
#pragma once

#include "compiler/ast/expressions.h"
#include "compiler/ast/pipelines.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pipec::ast {

struct ImportItem {
  Name name;
  std::optional<Name> alias;

  const Name& local() const { return alias ? *alias : name; }
};

struct Import {
  // Either a module's name or a relative path.
  Name module;
  std::optional<std::string> path;
  Span module_span;
  std::vector<ImportItem> items;
  Span span;
};

struct Let {
  Name name;
  TypeExpr type;
  Expr value;
  std::string doc;
  Span span;
};

// `variant NAME { CONSTRUCTOR(param: type = default, …) … }`
struct Constructor {
  Name name;
  std::vector<Parameter> parameters;
  std::string doc;
  Span span;
};

struct Variant {
  Name name;
  std::vector<Constructor> constructors;
  std::string doc;
  Span span;
};

enum class CapabilityKind : uint8_t { action, gate, approval, deploy, source, metric };
std::string_view to_string(CapabilityKind kind);

struct Capability {
  Name name;
  CapabilityKind kind = CapabilityKind::action;
  std::optional<Path> parent;
  std::vector<Parameter> parameters;
  std::vector<Field> properties;
  std::string doc;
  Span head;
  Span span;
};

// The words at the end compare only in tests.
enum class Comparison : uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,
  lacks,
  before,
};
std::string_view to_string(Comparison comparison);

struct Condition {
  Expr subject;
  std::optional<Comparison> comparison;
  std::optional<Expr> value;
  Span span;
};

// `require CAP | CAP with (property, …) in role when FACT { … }`
struct Requirement {
  enum class Level : uint8_t { require, recommend, forbid };
  Level level = Level::require;
  std::vector<Path> alternatives;
  std::vector<Name> with;
  std::optional<Name> role;
  std::optional<Condition> when;
  std::vector<Field> properties;
  Span head;
  Span span;
};

// `order sbom before sca { … }`
struct OrderRule {
  Path first;
  bool before = true;
  Path second;
  std::vector<Field> properties;
  Span head;
  Span span;
};

// `budget < 10m { … }`
struct BudgetRule {
  Comparison comparison = Comparison::less_equal;
  Expr limit;
  std::vector<Field> properties;
  Span head;
  Span span;
};

// `rule CODE { check = FORM(…) … }`
struct Rule {
  Name name;
  std::vector<Field> properties;
  Span head;
  Span span;
};

struct ProfileItem;

struct Role {
  Name name;
  std::vector<ProfileItem> items;
  std::string doc;
  Span head;
  Span span;
};

struct ProfileItem {
  std::variant<Role, Requirement, OrderRule, BudgetRule, Rule, Field> node;
};

struct Profile {
  Name name;
  std::optional<Path> parent;
  std::vector<ProfileItem> items;
  std::string doc;
  Span head;
  Span span;
};

// `group NAME { github = team("…") … }`
struct PeopleGroup {
  Name name;
  std::vector<Field> properties;
  std::string doc;
  Span head;
  Span span;
};

struct RunbookStep {
  enum class Kind : uint8_t { step, confirm, link };
  Kind kind = Kind::step;
  Expr text;
  std::vector<Field> properties;
  Span span;
};

struct Runbook {
  Name name;
  std::vector<std::variant<RunbookStep, Field>> items;
  std::string doc;
  Span head;
  Span span;
};

// A building block that a target offers to lowerings.
struct TargetBlock {
  Name name;
  std::vector<Parameter> parameters;
  std::string doc;
  Span span;
};

struct TargetDecl {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<TargetBlock> blocks;
  std::vector<Field> properties;
  std::string doc;
  Span head;
  Span span;
};

// `expect SUBJECT COMPARISON VALUE`
struct Expectation {
  Path subject;
  Comparison comparison = Comparison::equal;
  Span comparison_span;
  Expr value;
  Span span;
};

// `given { branch = "main" }`
struct Given {
  std::vector<Field> properties;
  Span span;
};

// `severity { CODE = off … }`
struct Severities {
  std::vector<Field> levels;
  Span head;
  Span span;
};

// `given pipeline NAME extends BASE { … }`: a pipeline that only this test knows.
struct GivenPipeline {
  Pipeline pipeline;
  Span span;
};

struct Test {
  Expr title;
  std::vector<std::variant<Given, GivenPipeline, Expectation, Field>> items;
  Span head;
  Span span;
};

}  // namespace pipec::ast
