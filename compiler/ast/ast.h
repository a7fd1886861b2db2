// The syntax tree: immutable plain structs, each with its span. `string_view`s point into the SourceManager.
// A missing part (after a syntax error) is an empty name, a MissingExpr or an empty optional.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "compiler/support/duration.h"

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
  std::variant<MissingExpr, TextExpr, NumberExpr, DateExpr, ListExpr, RecordExpr, CallExpr, PathExpr, TableExpr>
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

// `on github { … }`
struct Lowering {
  Name target;
  std::vector<Field> properties;
  Span span;
};

enum class ElementKind : uint8_t { action, gate, approval, deploy };
enum class CapabilityKind : uint8_t { action, gate, approval, deploy, source, metric };
std::string_view to_string(ElementKind kind);
std::string_view to_string(CapabilityKind kind);

// An element of a stage, and at top level a reusable definition: the same head and the same body.
struct Element {
  ElementKind kind = ElementKind::action;
  Name name;
  std::vector<Path> what;
  std::vector<Parameter> parameters;
  std::vector<Field> properties;
  std::vector<Lowering> lowerings;
  std::string doc;
  // The head without the body; diagnostics about the whole element point here.
  Span head;
  Span span;
  bool has_body = false;
};

struct StageItem;

struct Group {
  enum class Order : uint8_t { parallel, sequence, always };
  Order order = Order::parallel;
  Name name;
  std::vector<StageItem> items;
  Span span;
};

struct StageItem {
  std::variant<Element, Group, Lowering, Field> node;
};

// `stage eu: gamma = verify(env = gamma-eu) { … }`
struct StageCall {
  Path callee;
  std::vector<Argument> arguments;
  Span span;
};

struct Stage {
  Name name;
  std::optional<Name> role;
  std::optional<Path> environment;
  std::optional<StageCall> call;
  std::vector<StageItem> items;
  std::string doc;
  Span head;
  Span span;
  bool has_body = false;
};

struct StageDefinition {
  std::vector<Parameter> parameters;
  Stage stage;
};


// A place in a pipeline: `unit`, `beta.integration`, `stage beta`.
struct Place {
  bool stage = false;
  Path path;
  Span span;

  std::string text() const;
};

struct Reason {
  Expr text;
  Span span;
};

struct Skip {
  std::vector<Place> places;
  std::optional<Reason> reason;
  Span span;
};

struct Override {
  Place place;
  std::optional<Reason> reason;
  std::vector<Field> properties;
  std::vector<Lowering> lowerings;
  Span span;
};

struct Add {
  enum class Where : uint8_t { end, before, after };
  std::variant<Element, Stage> item;
  Where where = Where::end;
  std::optional<Place> anchor;
  Span span;
};

struct Replace {
  Place place;
  Element element;
  std::optional<Reason> reason;
  Span span;
};

struct Final {
  std::vector<Path> places;
  Span span;
};

using Derivation = std::variant<Skip, Override, Add, Replace, Final>;


struct Route {
  // `hotfix { … }` is a route too; its name is empty.
  bool hotfix = false;
  Name name;
  std::vector<std::variant<Derivation, Field>> items;
  std::string doc;
  Span head;
  Span span;
};

// `source NAME { … }`, `environment NAME { … }`, `target NAME { … }`, `metrics { … }`, `notify { … }`
struct Block {
  enum class Kind : uint8_t { source, environment, target, metrics, notify };
  Kind kind = Kind::source;
  Name name;
  std::vector<Field> properties;
  std::string doc;
  Span head;
  Span span;
};

struct ArtifactDecl {
  Name name;
  Expr value;
  Span span;
};

// `waive PLACE because "…" { … }` and `not_applicable PLACE because "…" { … }`
struct Exemption {
  enum class Kind : uint8_t { waive, not_applicable };
  Kind kind = Kind::waive;
  Path place;
  std::optional<Reason> reason;
  std::vector<Field> properties;
  Span head;
  Span span;
};

struct PipelineItem {
  std::variant<Block, ArtifactDecl, Stage, Route, Exemption, Derivation, Field> node;
};

struct Pipeline {
  // `base pipeline`: made to be extended, not compiled by itself.
  bool is_base = false;
  Name name;
  std::optional<Path> profile;
  std::optional<Path> base;
  std::vector<PipelineItem> items;
  std::string doc;
  Span head;
  Span span;
};


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

enum class Comparison : uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
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

struct Expectation {
  Path subject;
  Comparison comparison = Comparison::equal;
  Expr value;
  Span span;
};

struct Given {
  std::vector<Field> properties;
  Span span;
};

struct Test {
  Expr title;
  std::vector<std::variant<Given, Expectation, Field>> items;
  Span head;
  Span span;
};

using Declaration = std::variant<Let, Variant, Capability, Profile, PeopleGroup, Element, StageDefinition,
                                 Pipeline, Test, Runbook, TargetDecl>;

// Empty for a test.
Name name_of(const Declaration& declaration);

struct Comment {
  Span span;
};

struct File {
  SourceId source{};
  std::vector<Import> imports;
  std::vector<Declaration> declarations;
  std::vector<Comment> comments;
  // False when a syntax error left parts out; checks about what is missing are not made then.
  bool complete = true;
};

}  // namespace pipec::ast
