// The fields of every syntax tree node, named once for all that must treat each of them alike (writing and
// reading the embedded standard library). An archive is called with references to the fields of a node.
#pragma once

#include "compiler/ast/ast.h"

namespace pipec::ast {

template <class A>
void fields(A& a, Name& n) {
  a(n.text, n.span);
}
template <class A>
void fields(A& a, Path& n) {
  a(n.parts, n.span);
}
template <class A>
void fields(A& a, TextExpr& n) {
  a(n.form, n.texts, n.references);
}
template <class A>
void fields(A& a, NumberExpr& n) {
  a(n.unit, n.value);
}
template <class A>
void fields(A& a, DateExpr& n) {
  a(n.year, n.month, n.day);
}
template <class A>
void fields(A& a, ListExpr& n) {
  a(n.items);
}
template <class A>
void fields(A& a, RecordExpr& n) {
  a(n.fields);
}
template <class A>
void fields(A& a, Argument& n) {
  a(n.name, n.value);
}
template <class A>
void fields(A& a, CallExpr& n) {
  a(n.callee, n.arguments);
}
template <class A>
void fields(A& a, PathExpr& n) {
  a(n.path);
}
template <class A>
void fields(A& a, TableExpr& n) {
  a(n.key, n.rows);
}
template <class A>
void fields(A&, MissingExpr&) {}
template <class A>
void fields(A& a, Expr& n) {
  a(n.span, n.node);
}
template <class A>
void fields(A& a, Field& n) {
  a(n.key, n.quoted_key, n.op, n.value, n.span);
}
template <class A>
void fields(A& a, TypeExpr& n) {
  a(n.form, n.name, n.arguments, n.alternatives, n.fields, n.members, n.optional, n.span);
}
template <class A>
void fields(A& a, TypeField& n) {
  a(n.name, n.type, n.default_value);
}
template <class A>
void fields(A& a, Parameter& n) {
  a(n.name, n.type, n.default_value, n.doc, n.span);
}
template <class A>
void fields(A& a, Lowering& n) {
  a(n.target, n.properties, n.span);
}
template <class A>
void fields(A& a, Element& n) {
  a(n.kind, n.name, n.what, n.parameters, n.properties, n.lowerings, n.doc, n.head, n.span, n.has_body);
}
template <class A>
void fields(A& a, Group& n) {
  a(n.order, n.name, n.items, n.span);
}
template <class A>
void fields(A& a, StageItem& n) {
  a(n.node);
}
template <class A>
void fields(A& a, StageCall& n) {
  a(n.callee, n.arguments, n.span);
}
template <class A>
void fields(A& a, Stage& n) {
  a(n.name, n.role, n.environment, n.call, n.items, n.doc, n.head, n.span, n.has_body);
}
template <class A>
void fields(A& a, StageDefinition& n) {
  a(n.parameters, n.stage);
}
template <class A>
void fields(A& a, Place& n) {
  a(n.stage, n.path, n.span);
}
template <class A>
void fields(A& a, Reason& n) {
  a(n.text, n.span);
}
template <class A>
void fields(A& a, Skip& n) {
  a(n.places, n.reason, n.span);
}
template <class A>
void fields(A& a, Override& n) {
  a(n.place, n.reason, n.properties, n.lowerings, n.span);
}
template <class A>
void fields(A& a, Add& n) {
  a(n.item, n.where, n.anchor, n.reason, n.span);
}
template <class A>
void fields(A& a, Replace& n) {
  a(n.place, n.element, n.reason, n.span);
}
template <class A>
void fields(A& a, Final& n) {
  a(n.places, n.span);
}
template <class A>
void fields(A& a, Route& n) {
  a(n.hotfix, n.name, n.items, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, Block& n) {
  a(n.kind, n.name, n.properties, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, ArtifactDecl& n) {
  a(n.name, n.value, n.span);
}
template <class A>
void fields(A& a, Exemption& n) {
  a(n.kind, n.place, n.reason, n.properties, n.head, n.span);
}
template <class A>
void fields(A& a, PipelineItem& n) {
  a(n.node);
}
template <class A>
void fields(A& a, Pipeline& n) {
  a(n.is_base, n.name, n.profile, n.base, n.items, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, ImportItem& n) {
  a(n.name, n.alias);
}
template <class A>
void fields(A& a, Import& n) {
  a(n.module, n.path, n.module_span, n.items, n.span);
}
template <class A>
void fields(A& a, Let& n) {
  a(n.name, n.type, n.value, n.doc, n.span);
}
template <class A>
void fields(A& a, Constructor& n) {
  a(n.name, n.parameters, n.doc, n.span);
}
template <class A>
void fields(A& a, Variant& n) {
  a(n.name, n.constructors, n.doc, n.span);
}
template <class A>
void fields(A& a, Capability& n) {
  a(n.name, n.kind, n.parent, n.parameters, n.properties, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, Condition& n) {
  a(n.subject, n.comparison, n.value, n.span);
}
template <class A>
void fields(A& a, Requirement& n) {
  a(n.level, n.alternatives, n.with, n.role, n.when, n.properties, n.head, n.span);
}
template <class A>
void fields(A& a, OrderRule& n) {
  a(n.first, n.before, n.second, n.properties, n.head, n.span);
}
template <class A>
void fields(A& a, BudgetRule& n) {
  a(n.comparison, n.limit, n.properties, n.head, n.span);
}
template <class A>
void fields(A& a, Rule& n) {
  a(n.name, n.properties, n.head, n.span);
}
template <class A>
void fields(A& a, Role& n) {
  a(n.name, n.items, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, ProfileItem& n) {
  a(n.node);
}
template <class A>
void fields(A& a, Profile& n) {
  a(n.name, n.parent, n.items, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, PeopleGroup& n) {
  a(n.name, n.properties, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, RunbookStep& n) {
  a(n.kind, n.text, n.properties, n.span);
}
template <class A>
void fields(A& a, Runbook& n) {
  a(n.name, n.items, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, TargetBlock& n) {
  a(n.name, n.parameters, n.doc, n.span);
}
template <class A>
void fields(A& a, TargetDecl& n) {
  a(n.name, n.parameters, n.blocks, n.properties, n.doc, n.head, n.span);
}
template <class A>
void fields(A& a, Severities& n) {
  a(n.levels, n.head, n.span);
}
template <class A>
void fields(A& a, Expectation& n) {
  a(n.subject, n.comparison, n.comparison_span, n.value, n.span);
}
template <class A>
void fields(A& a, Given& n) {
  a(n.properties, n.span);
}
template <class A>
void fields(A& a, GivenPipeline& n) {
  a(n.pipeline, n.span);
}
template <class A>
void fields(A& a, Test& n) {
  a(n.title, n.items, n.head, n.span);
}
template <class A>
void fields(A& a, Comment& n) {
  a(n.span);
}
template <class A>
void fields(A& a, File& n) {
  a(n.version, n.imports, n.declarations, n.comments);
}

// An archive that writes: how trees are taken apart. `Derived` says how a number, a text and a span are
// written: `number(uint64_t)` and `leaf` of `std::string`, `std::string_view` and `Span`.
template <class Derived>
class ArchiveWriter {
 public:
  template <class... T>
  void operator()(T&... values) {
    (write(values), ...);
  }

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }

  template <class T>
  void write(T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> ||
                  std::is_same_v<T, Span>) {
      derived().leaf(value);
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      derived().number(static_cast<uint64_t>(value));
    } else {
      fields(derived(), value);
    }
  }
  template <class T>
  void write(std::vector<T>& values) {
    derived().number(values.size());
    for (T& value : values)
      write(value);
  }
  template <class T>
  void write(std::optional<T>& value) {
    derived().number(value ? 1 : 0);
    if (value) write(*value);
  }
  template <class... T>
  void write(std::variant<T...>& value) {
    derived().number(value.index());
    std::visit([&](auto& alternative) { write(alternative); }, value);
  }
};

}  // namespace pipec::ast
