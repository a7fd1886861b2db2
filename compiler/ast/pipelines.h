// Pipelines: stages and their elements, routes and what they change, artifacts, exemptions.
#pragma once

#include "compiler/ast/expressions.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pipec::ast {

// `on github { … }`
struct Lowering {
  Name target;
  std::vector<Field> properties;
  Span span;
};

enum class ElementKind : uint8_t { action, gate, approval, deploy };
std::string_view to_string(ElementKind kind);

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
  std::variant<Element, Group, Field> node;
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
  std::optional<Reason> reason;
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

// `waive PLACE because "…" { … }`, `not_applicable PLACE because "…" { … }` and `attest CODE because "…" { …
// }`
struct Exemption {
  enum class Kind : uint8_t { waive, not_applicable, attest };
  Kind kind = Kind::waive;
  Path place;
  std::optional<Reason> reason;
  std::vector<Field> properties;
  Span head;
  Span span;
};
// "waive", "not_applicable", "attest"
std::string_view to_string(Exemption::Kind kind);

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

}  // namespace pipec::ast
