// The syntax tree: immutable plain structs, each with its span. `string_view`s point into the SourceManager.
// A missing part (after a syntax error) is an empty name, a MissingExpr or an empty optional.
#pragma once

#include "compiler/ast/declarations.h"
#include "compiler/ast/expressions.h"
#include "compiler/ast/pipelines.h"

#include <variant>
#include <vector>

namespace pipec::ast {

using Declaration = std::variant<Let, Variant, Capability, Profile, PeopleGroup, Element, StageDefinition,
                                 Pipeline, Test, Runbook, TargetDecl, Severities>;

// Empty for a test and for severities.
Name name_of(const Declaration& declaration);

struct Comment {
  Span span;
};

struct File {
  SourceId source{};
  // Of `pipe 1`; empty when it is missing.
  Span version;
  std::vector<Import> imports;
  std::vector<Declaration> declarations;
  std::vector<Comment> comments;
  // False when a syntax error left parts out; checks about what is missing are not made then.
  bool complete = true;
};

}  // namespace pipec::ast
