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

std::string_view noun(Space space) {
  switch (space) {
    case Space::source:
      return "source";
    case Space::environment:
      return "environment";
    case Space::stage:
      return "stage";
    case Space::element:
      return "element";
    case Space::route:
      return "route";
    case Space::target:
      return "target";
    case Space::group:
      return "group";
    case Space::capability:
      return "capability";
    case Space::pipeline:
      return "pipeline";
    case Space::runbook:
      return "runbook";
    case Space::rule:
      return "rule";
    case Space::role:
      return "role";
  }
  return "";
}

// The attributes of an artifact that exist when the pipeline runs.
std::vector<std::string_view> attributes_of(std::string_view artifact_type) {
  if (artifact_type == "container") return {"uri", "digest"};
  return {"path"};
}

// Of what can be asked for with a plain yes there is one, if it is clear what was meant.
void suggest_plain_constructor(DiagnosticBuilder& report, Span span, const VariantType& variant) {
  const Constructor* plain = nullptr;
  for (const Constructor& constructor : variant.constructors) {
    const bool takes_nothing =
        std::all_of(constructor.parameters.begin(), constructor.parameters.end(),
                    [](const Parameter& p) { return p.default_value != nullptr || p.type->optional; });
    if (!takes_nothing) continue;
    if (plain != nullptr) return;
    plain = &constructor;
  }
  if (plain != nullptr) report.replace(span, std::string(plain->name));
}

// The known name that is spelled so, but for capitals: `high` for `HIGH`.
std::optional<std::string> in_small_letters(const std::string& name,
                                            const std::vector<std::string_view>& known, const Type& expected,
                                            const Scope& scope) {
  std::string small = name;
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const bool secret = expected.kind == TypeKind::variant && expected.variant->name == "secret";
  const bool closed = expected.kind == TypeKind::boolean || expected.kind == TypeKind::severity ||
                      expected.kind == TypeKind::enumeration || expected.kind == TypeKind::reference ||
                      (expected.kind == TypeKind::variant && !secret);
  if (small == name || !closed) return std::nullopt;
  const bool named = expected.kind == TypeKind::reference && scope.names != nullptr &&
                     scope.names->reference(expected.space, small).has_value();
  if (!named && std::find(known.begin(), known.end(), small) == known.end()) return std::nullopt;
  return small;
}

// What stands in front of names in other languages: `var.spec`.
bool is_prefix_of_others(std::string_view word) {
  constexpr auto prefixes = std::to_array<std::string_view>(
      {"env", "inputs", "local", "param", "parameters", "params", "secrets", "var", "vars"});
  return std::find(prefixes.begin(), prefixes.end(), word) != prefixes.end();
}

// What to write for `var.spec`.
void suggest_without_prefix(DiagnosticBuilder& report, const ast::Path& path,
                            const std::vector<std::string_view>& known) {
  const std::string_view prefix = path.parts.front().text;
  const std::string rest = path.text().substr(prefix.size() + 1);
  if (prefix == "secrets") {
    report.note(
        fmt::format("a secret is written `secret(\"{}\")`; a command gets it with `secrets = {{ NAME = "
                    "secret(\"{}\") }}`",
                    rest, rest));
  } else if (std::find(known.begin(), known.end(), rest) != known.end()) {
    report.replace(path.span, rest);
  } else {
    report.note(
        fmt::format("parameters and what `let` declares are used by their names, without `{}`", prefix));
  }
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

// `outputs.image.uri` of an element that makes no `image`, nor does another one.
bool Evaluator::own_output(const ast::Path& path, const Scope& scope) {
  const bool own = path.parts.front().text == "outputs" && path.parts.size() > 1 && scope.names != nullptr;
  if (!own || scope.names->value(path.parts[1].text, path.span)) return false;
  const ast::Name& name = path.parts[1];
  auto report = sink_.report(diag::unknown_name, name.span, "artifact", name.text);
  if (!sink_.suggests()) return true;
  if (const auto likely = nearest(name.text, scope.names->value_names()))
    report.replace(name.span, std::string(*likely));
  return true;
}

void Evaluator::unknown_name(const ast::Path& path, const Type& expected, const Scope& scope) {
  if (Declarations::is_missing_import(*scope.module, path.parts.front().text)) return;
  const bool capability = expected.kind == TypeKind::reference && expected.space == Space::capability;
  if (capability && !scope.words_known) return;
  const bool artifact = expected.kind == TypeKind::artifact ||
                        (expected.kind == TypeKind::list && expected.item->kind == TypeKind::artifact);
  if (artifact && scope.names != nullptr && !scope.names->artifacts_known()) return;
  if (own_output(path, scope)) return;
  if (path.parts.size() == 1 && scope.names != nullptr && scope.names->is_variable(path.parts.front().text)) {
    sink_.report(diag::variable_of_command, path.span, path.text())
        .note(
            "write an element for each value, or let the command choose: it finds the value in its "
            "environment");
    return;
  }
  if (!sink_.suggests()) {
    sink_.report(diag::unknown_name, path.span,
                 expected.kind == TypeKind::reference ? noun(expected.space) : "value", path.text());
    return;
  }
  std::vector<std::string_view> known;
  switch (expected.kind) {
    case TypeKind::boolean:
      known = {"true", "false"};
      break;
    case TypeKind::severity:
    case TypeKind::enumeration:
      known = expected.members;
      break;
    case TypeKind::variant:
      for (const Constructor& constructor : expected.variant->constructors)
        known.push_back(constructor.name);
      break;
    case TypeKind::reference:
      if (expected.space == Space::group) {
        known = declarations_.visible(*scope.module, {EntityKind::group});
      } else if (expected.space == Space::pipeline) {
        known = declarations_.visible(*scope.module, {EntityKind::pipeline});
      } else if (expected.space == Space::runbook) {
        known = declarations_.visible(*scope.module, {EntityKind::runbook});
      } else if (capability) {
        known = declarations_.visible(*scope.module, {EntityKind::capability});
        for (const Module* words :
             scope.vocabulary == nullptr ? std::vector<const Module*>() : *scope.vocabulary) {
          const auto more = declarations_.visible(*words, {EntityKind::capability});
          known.insert(known.end(), more.begin(), more.end());
        }
      } else if (scope.names != nullptr) {
        known = scope.names->reference_names(expected.space);
      }
      break;
    default:
      break;
  }
  if (expected.kind != TypeKind::reference) {
    if (scope.names != nullptr) {
      const auto names = scope.names->value_names();
      known.insert(known.end(), names.begin(), names.end());
    }
    const auto lets = declarations_.visible(*scope.module, {EntityKind::let});
    known.insert(known.end(), lets.begin(), lets.end());
  }
  const std::string name = path.text();
  const bool reference = expected.kind == TypeKind::reference;
  std::string_view what = reference ? noun(expected.space) : "value";
  if (expected.kind == TypeKind::variant) what = expected.variant->name;
  if (expected.kind == TypeKind::severity) what = "severity";
  if (expected.kind == TypeKind::artifact) what = "artifact";
  // The name of several: each has a place of its own.
  std::vector<std::string> places;
  if (reference && std::find(known.begin(), known.end(), name) != known.end()) {
    for (const std::string_view place : known) {
      if (place.ends_with("." + name)) places.emplace_back(place);
    }
  }
  if (places.size() > 1) {
    sink_.report(diag::ambiguous_place, path.span, name, quoted_list(places, "or"));
    return;
  }
  auto report = sink_.report(diag::unknown_name, path.span, what, name);
  const bool secret = expected.kind == TypeKind::variant && expected.variant->name == "secret";
  // `outputs.image.uri` of an artifact that another element makes.
  const ast::Name& first = path.parts.front();
  const bool own = first.text == "outputs" && path.parts.size() > 1;
  if (own && scope.names != nullptr && scope.names->value(path.parts[1].text, path.span)) {
    report.note("`outputs` are what the element itself makes; what another one makes is used by its name")
        .replace(path.span, name.substr(first.text.size() + 1));
  } else if (const auto likely = nearest(name, known)) {
    report.replace(path.span, std::string(*likely));
  } else if (const auto meant = in_small_letters(name, known, expected, scope)) {
    report.replace(path.span, *meant);
  } else if (path.parts.size() > 1 && is_prefix_of_others(first.text)) {
    suggest_without_prefix(report, path, known);
  } else if (reference && expected.space == Space::group) {
    declarations_.offer_import(report, path.span, name, *scope.module);
  } else if (secret && path.parts.size() == 1) {
    report.fix(fmt::format("write `secret(\"{}\")`", name),
               {{path.span, fmt::format("secret(\"{}\")", name)}});
  } else if (is_text_like(expected.kind) || expected.kind == TypeKind::run_time) {
    report.fix("put it in quotes", {{path.span, fmt::format("\"{}\"", name)}});
  }
  const bool stage = reference && expected.space == Space::element && scope.names != nullptr &&
                     scope.names->reference(Space::stage, name).has_value();
  if (stage) report.note(fmt::format("`{}` is a stage; name one of its elements", name));
  const bool says_nothing = reference || expected.kind == TypeKind::error || is_text_like(expected.kind) ||
                            expected.kind == TypeKind::run_time || expected.kind == TypeKind::variant ||
                            expected.kind == TypeKind::artifact;
  const bool yes_or_no = expected.kind == TypeKind::variant && (name == "true" || name == "false");
  if (yes_or_no && name == "true") suggest_plain_constructor(report, path.span, *expected.variant);
  if (!says_nothing || yes_or_no) report.note(fmt::format("expected {}", describe(expected)));
  const std::string_view visible = scope.names == nullptr ? "" : scope.names->what_is_visible();
  if (!visible.empty()) report.note(std::string(visible));
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
