#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// The attributes of an artifact that exist when the pipeline runs.
std::vector<std::string_view> attributes_of(std::string_view artifact_type) {
  if (artifact_type == "container") return {"uri", "digest"};
  return {"path"};
}

}  // namespace

std::optional<Value> Evaluator::expected_name(const ast::Path& path, const ast::Expr& expr,
                                              const Type& expected, const Scope& scope) {
  const std::string name = path.text();
  const bool plain = path.parts.size() == 1;
  switch (expected.kind) {
    case TypeKind::boolean:
      if (plain && (name == "true" || name == "false")) return make_value(expr.span, name == "true");
      break;
    case TypeKind::severity:
    case TypeKind::enumeration:
      if (plain &&
          std::find(expected.members.begin(), expected.members.end(), name) != expected.members.end()) {
        return make_value(expr.span, MemberValue{name, &expected});
      }
      break;
    case TypeKind::variant:
      if (const Constructor* constructor = plain ? expected.variant->find(name) : nullptr) {
        const ast::CallExpr call{path, {}};
        return construct(constructor->name, constructor->parameters, expected.variant, call, expr, scope);
      }
      break;
    case TypeKind::reference:
      if (expected.space == Space::pipeline) {
        if (plain && declarations_.find(*scope.module, name, {EntityKind::pipeline}) != nullptr)
          return make_value(expr.span, ReferenceValue{Space::pipeline, name});
      } else if (expected.space == Space::group || expected.space == Space::runbook) {
        const EntityKind kind = expected.space == Space::group ? EntityKind::group : EntityKind::runbook;
        if (const Entity* entity = plain ? declarations_.find(*scope.module, name, {kind}) : nullptr)
          return make_value(expr.span, ReferenceValue{expected.space, std::string(entity->name), entity});
      } else if (expected.space == Space::capability) {
        static const std::vector<const Module*> no_vocabulary;
        const auto& vocabulary = scope.vocabulary == nullptr ? no_vocabulary : *scope.vocabulary;
        if (plain && declarations_.find_capability(name, *scope.module, vocabulary) != nullptr) {
          return make_value(expr.span, ReferenceValue{Space::capability, name});
        }
      } else if (scope.names != nullptr) {
        if (auto found = scope.names->reference(expected.space, name)) {
          return make_value(expr.span, ReferenceValue{expected.space, std::move(*found)});
        }
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<Value> Evaluator::attribute(Value value, const ast::Name& name) {
  if (value.is_error()) return value;
  if (const auto* artifact = value.as<ArtifactValue>()) {
    const auto known = attributes_of(artifact->type);
    if (std::find(known.begin(), known.end(), name.text) == known.end()) {
      auto report = sink_.report(diag::unknown_attribute, name.span, artifact->type, name.text);
      std::vector<std::string> names(known.begin(), known.end());
      const auto likely = known.size() == 1 ? known.front() : nearest(name.text, known).value_or("");
      if (likely.empty()) {
        report.note(fmt::format("it has {}", quoted_list(names)));
      } else {
        report.replace(name.span, std::string(likely));
      }
      return error_at(name.span);
    }
    return make_value(value.span, RunTimeValue{artifact->name, std::string(name.text), false});
  }
  if (const Value* field = value.find(name.text)) {
    Value found = *field;
    found.span = name.span;
    return found;
  }
  return std::nullopt;
}

std::optional<Value> Evaluator::named(const ast::Path& path, const Scope& scope) {
  const ast::Name& first = path.parts.front();
  std::optional<Value> value;
  size_t next = 1;
  const bool own_output = first.text == "outputs" && path.parts.size() > 1 && scope.names != nullptr;
  if (own_output) {
    if (auto artifact = scope.names->output(path.parts[1].text)) {
      value = make_value(path.span, std::move(*artifact));
      next = 2;
    }
  }
  if (!value && scope.names != nullptr) value = scope.names->value(first.text, first.span);
  if (!value) {
    if (const Entity* entity = declarations_.find(*scope.module, first.text, {EntityKind::let})) {
      value = let(*entity);
    }
  }
  const auto* artifact = value ? value->as<ArtifactValue>() : nullptr;
  // That its type is none was reported where it is made.
  if (artifact != nullptr && declarations_.prelude_variant("output").find(artifact->type) == nullptr)
    return error_at(path.span);
  for (; value && next < path.parts.size(); ++next)
    value = attribute(std::move(*value), path.parts[next]);
  if (!value) return std::nullopt;
  value->span = path.span;
  if (auto* run_time = std::get_if<RunTimeValue>(&value->data)) run_time->own = own_output;
  return value;
}

Value Evaluator::let(const Entity& entity) {
  const auto [entry, first] = lets_.try_emplace(&entity);
  if (!first) {
    let_depth_ = std::max(let_depth_, entry->second.depth);
    if (entry->second.value) return *entry->second.value;
    sink_.report(diag::circular_definition, entity.span, entity.name);
    return error_at(entity.span);
  }
  const auto& node = std::get<ast::Let>(*entity.node);
  const Type* type = declarations_.resolve_type(node.type, *entity.module);
  const size_t outer_depth = std::exchange(let_depth_, 0);
  Value value = error_at(entity.span);
  // Not only afterwards: the chain must not exhaust the stack.
  if (open_lets_ < max_chain) {
    ++open_lets_;
    value = evaluate(node.value, *type, {entity.module, nullptr, nullptr});
    --open_lets_;
  } else {
    let_depth_ = max_chain;
  }
  LetValue& known = lets_[&entity];
  known.depth = let_depth_ + 1;
  if (known.depth > max_chain) {
    sink_.report(diag::chain_too_long, entity.span, entity.name, static_cast<int>(max_chain));
    // What needs it begins a new chain, so that the mistake is reported once.
    known.depth = 0;
    value = error_at(entity.span);
  }
  known.value = value;
  let_depth_ = std::max(outer_depth, known.depth);
  return value;
}

Value Evaluator::path(const ast::Path& path, const ast::Expr& expr, const Type& expected,
                      const Scope& scope) {
  if (path.parts.empty()) return error_at(expr.span);
  if (auto value = expected_name(path, expr, expected, scope)) return *value;
  if (expected.kind == TypeKind::list) {
    if (auto item = expected_name(path, expr, *expected.item, scope)) {
      if (item->is_error()) return *item;
      return make_list(expr.span, {std::move(*item)});
    }
  }
  if (auto value = named(path, scope)) return conform(std::move(*value), expected);
  const Type& described = expected.kind == TypeKind::list ? *expected.item : expected;
  const bool texts = &described != &expected && is_text_like(described.kind);
  if (texts && (path.text() == "true" || path.text() == "false")) {
    // `pull_requests = true` switches nothing on: it takes the branches.
    sink_.report(diag::type_mismatch, path.span, describe(expected), fmt::format("`{}`", path.text()));
  } else if (described.kind != TypeKind::error) {
    unknown_name(path, described, scope);
  }
  return error_at(expr.span);
}

}  // namespace pipec::sema
