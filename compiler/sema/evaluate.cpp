#include "compiler/sema/evaluate.h"

#include "compiler/diag/kinds/types.h"
#include "compiler/support/counters.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

namespace pipec::sema {

Value Evaluator::evaluate(const ast::Expr& expr, const Type& expected, const Scope& scope) {
  ++counters.values;
  struct Visitor {
    Evaluator& self;
    const ast::Expr& expr;
    const Type& expected;
    const Scope& scope;
    Value operator()(const ast::MissingExpr&) const { return error_at(expr.span); }
    Value operator()(const ast::TextExpr& e) const { return self.text(e, expr, expected, scope); }
    Value operator()(const ast::NumberExpr& e) const { return self.number(e, expr, expected); }
    Value operator()(const ast::DateExpr& e) const {
      return self.conform(make_value(expr.span, e), expected);
    }
    Value operator()(const ast::ListExpr& e) const { return self.list(e, expr, expected, scope); }
    Value operator()(const ast::RecordExpr& e) const { return self.record(e, expr, expected, scope); }
    Value operator()(const ast::CallExpr& e) const { return self.call(e, expr, expected, scope); }
    Value operator()(const ast::PathExpr& e) const { return self.path(e.path, expr, expected, scope); }
    Value operator()(const ast::TableExpr& e) const { return self.table(e, expr, expected, scope); }
  };
  // One value stands for a list of one.
  const bool is_list = std::holds_alternative<ast::ListExpr>(expr.node);
  const bool may_name_list =
      std::holds_alternative<ast::PathExpr>(expr.node) || std::holds_alternative<ast::TableExpr>(expr.node);
  if (expected.kind == TypeKind::list && !is_list && !may_name_list) {
    Value item = evaluate(expr, *expected.item, scope);
    if (item.is_error()) return item;
    return make_list(expr.span, {std::move(item)});
  }
  return capped(std::visit(Visitor{*this, expr, expected, scope}, expr.node));
}

Value Evaluator::capped(Value value) {
  if (value.weight <= max_weight) return value;
  sink_.report(diag::value_too_large, value.span, static_cast<int>(max_weight));
  return error_at(value.span);
}

Value Evaluator::list(const ast::ListExpr& list, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  if (expected.kind == TypeKind::run_time) {
    const Type* texts = types_.list_of(types_.simple(TypeKind::string));
    return this->list(list, expr, *texts, scope);
  }
  if (expected.kind != TypeKind::list) {
    if (expected.kind != TypeKind::error) {
      auto report = sink_.report(diag::type_mismatch, expr.span, describe(expected), "a list");
      const Span at = expr.span;
      if (expected.kind == TypeKind::command)
        report.note("several lines are one command: write them between `\"\"\"`");
      const bool record = expected.kind == TypeKind::map || expected.kind == TypeKind::record;
      // Of a text no group becomes by that.
      const bool text_for_name = expected.kind == TypeKind::reference && list.items.size() == 1 &&
                                 std::holds_alternative<ast::TextExpr>(list.items.front().node);
      if (list.items.size() == 1 && !record && !text_for_name)
        report.fix("take the brackets away",
                   {{{at.source, at.begin, at.begin + 1}, ""}, {{at.source, at.end - 1, at.end}, ""}});
    }
    return error_at(expr.span);
  }
  std::vector<Value> items;
  bool failed = false;
  for (const ast::Expr& item : list.items) {
    items.push_back(evaluate(item, *expected.item, scope));
    failed = failed || items.back().is_error();
  }
  if (failed) return error_at(expr.span);
  return make_list(expr.span, std::move(items));
}

Value Evaluator::record(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected,
                        const Scope& scope) {
  if (expected.kind == TypeKind::map) return map(record, expr, expected, scope);
  if (expected.kind != TypeKind::record) {
    if (expected.kind != TypeKind::error) {
      sink_.report(diag::type_mismatch, expr.span, describe(expected), "a record");
    }
    return error_at(expr.span);
  }
  std::vector<Parameter> parameters;
  for (const RecordField& field : expected.fields) {
    parameters.push_back({field.name, field.type, field.default_value, scope.module, {}, expr.span});
  }
  return make_map(expr.span, bind(parameters, record.fields, scope, "this record", expr.span));
}

Value Evaluator::map(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected,
                     const Scope& scope) {
  NamedValues entries;
  std::unordered_map<std::string_view, const ast::Field*> seen;
  bool failed = false;
  for (const ast::Field& field : record.fields) {
    if (field.op == ast::AssignOp::unset) {
      sink_.report(diag::unset_not_here, field.span);
      failed = true;
      continue;
    }
    const auto [first, added] = seen.emplace(field.key.text, &field);
    if (!added) {
      report_repeated(field, *first->second);
      continue;
    }
    entries.emplace_back(std::string(field.key.text), evaluate(field.value, *expected.item, scope));
    failed = failed || entries.back().second.is_error();
  }
  if (failed) return error_at(expr.span);
  return make_map(expr.span, std::move(entries));
}

Value Evaluator::table(const ast::TableExpr& table, const ast::Expr& expr, const Type& expected,
                       const Scope& scope) {
  const auto key = named(table.key, scope);
  if (!key) {
    unknown_name(table.key, *types_.simple(TypeKind::string), scope);
    return error_at(expr.span);
  }
  if (key->is_error()) return error_at(expr.span);
  const auto* member = key->as<MemberValue>();
  if (member == nullptr) {
    sink_.report(diag::table_key, table.key.span, describe(*key));
    return error_at(expr.span);
  }
  std::unordered_map<std::string_view, const ast::Field*> rows;
  std::optional<Value> chosen;
  for (const ast::Field& row : table.rows.fields) {
    const auto& members = member->type->members;
    if (std::find(members.begin(), members.end(), row.key.text) == members.end()) {
      report_unknown_property(row.key, fmt::format("the table of `{}`", table.key.text()), members);
      continue;
    }
    const auto [first, added] = rows.emplace(row.key.text, &row);
    if (!added) report_repeated(row, *first->second);
    Value value = evaluate(row.value, expected, scope);
    if (row.key.text == member->name) chosen = std::move(value);
  }
  for (const std::string_view name : member->type->members) {
    if (!rows.contains(name)) sink_.report(diag::table_incomplete, expr.span, name);
  }
  return chosen ? *chosen : error_at(expr.span);
}

}  // namespace pipec::sema
