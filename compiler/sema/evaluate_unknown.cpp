// What is said of a name that means nothing where it stands.
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/support/other_languages.h"
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
  std::string small = lower_case(name);
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
    report.note(how_to_name_secret(rest));
  } else if (std::find(known.begin(), known.end(), rest) != known.end()) {
    report.replace(path.span, rest);
  } else {
    report.note(
        fmt::format("parameters and what `let` declares are used by their names, without `{}`", prefix));
  }
}

// What is visible and has the type, for suggestions.
std::vector<std::string_view> names_that_fit(const Declarations& declarations, const Type& expected,
                                             const Scope& scope) {
  const Module& module = *scope.module;
  std::vector<std::string_view> known;
  const auto add = [&](const std::vector<std::string_view>& names) {
    known.insert(known.end(), names.begin(), names.end());
  };
  if (expected.kind == TypeKind::reference) {
    switch (expected.space) {
      case Space::group:
        return declarations.visible(module, {EntityKind::group});
      case Space::pipeline:
        return declarations.visible(module, {EntityKind::pipeline});
      case Space::runbook:
        return declarations.visible(module, {EntityKind::runbook});
      case Space::capability:
        add(declarations.visible(module, {EntityKind::capability}));
        if (scope.vocabulary == nullptr) return known;
        for (const Module* words : *scope.vocabulary)
          add(declarations.visible(*words, {EntityKind::capability}));
        return known;
      default:
        return scope.names == nullptr ? known : scope.names->reference_names(expected.space);
    }
  }
  if (expected.kind == TypeKind::boolean) known = {"true", "false"};
  if (expected.kind == TypeKind::severity || expected.kind == TypeKind::enumeration) known = expected.members;
  if (expected.kind == TypeKind::variant) {
    for (const Constructor& constructor : expected.variant->constructors)
      known.push_back(constructor.name);
  }
  if (scope.names != nullptr) {
    for (const std::string_view artifact : scope.names->value_names()) {
      if (!scope.names->output(artifact)) known.push_back(artifact);
    }
  }
  add(declarations.visible(module, {EntityKind::let}));
  return known;
}

std::string_view what_is_missing(const Type& expected) {
  switch (expected.kind) {
    case TypeKind::reference:
      return noun(expected.space);
    case TypeKind::variant:
      return expected.variant->name;
    case TypeKind::severity:
      return "severity";
    case TypeKind::artifact:
      return "artifact";
    default:
      return "value";
  }
}

// What belongs there, where the name of what is missing does not say it.
void explain_expected(DiagnosticBuilder& report, const ast::Path& path, const Type& expected,
                      const Scope& scope) {
  const std::string name = path.text();
  const bool reference = expected.kind == TypeKind::reference;
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

}  // namespace

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

bool Evaluator::is_open(std::string_view name, const Module& module) const {
  const Entity* entity = declarations_.find(module, name, {EntityKind::let});
  const auto let = entity == nullptr ? lets_.end() : lets_.find(entity);
  return let != lets_.end() && !let->second.value;
}

void Evaluator::unknown_name(const ast::Path& path, const Type& expected, const Scope& scope) {
  if (Declarations::is_missing_import(*scope.module, path.parts.front().text)) return;
  const bool reference = expected.kind == TypeKind::reference;
  if (reference && expected.space == Space::capability && !scope.words_known) return;
  const bool artifact = expected.kind == TypeKind::artifact;
  if (artifact && scope.names != nullptr && !scope.names->artifacts_known()) return;
  if (own_output(path, scope)) return;
  if (path.parts.size() == 1 && scope.names != nullptr && scope.names->is_variable(path.parts.front().text)) {
    sink_.report(diag::variable_of_command, path.span, path.text())
        .note(
            "write an element for each value, or let the command choose: it finds the value in its "
            "environment");
    return;
  }
  const std::string name = path.text();
  if (!sink_.suggests()) {
    sink_.report(diag::unknown_name, path.span, reference ? noun(expected.space) : "value", name);
    return;
  }
  auto known = names_that_fit(declarations_, expected, scope);
  std::erase_if(known, [&](std::string_view other) { return is_open(other, *scope.module); });
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
  auto report = sink_.report(diag::unknown_name, path.span, what_is_missing(expected), name);
  suggest_name(report, path, known, expected, scope);
  explain_expected(report, path, expected, scope);
}

// What to write instead, where that can be told.
void Evaluator::suggest_name(DiagnosticBuilder& report, const ast::Path& path,
                             const std::vector<std::string_view>& known, const Type& expected,
                             const Scope& scope) {
  const std::string name = path.text();
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
  } else if (expected.kind == TypeKind::reference && expected.space == Space::group) {
    declarations_.offer_import(report, path.span, name, *scope.module, {EntityKind::group});
  } else if (secret && path.parts.size() == 1) {
    report.fix(fmt::format("write `secret(\"{}\")`", name),
               {{path.span, fmt::format("secret(\"{}\")", name)}});
  } else if (is_text_like(expected.kind) || expected.kind == TypeKind::run_time) {
    report.fix("put it in quotes", {{path.span, fmt::format("\"{}\"", name)}});
  }
}

}  // namespace pipec::sema
