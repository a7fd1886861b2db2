#include "compiler/ast/serialize.h"
#include "compiler/driver/session.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// A code that a profile of the standard library declares.
struct RuleEntry {
  std::string code;
  std::string profile;
  std::string role;
  std::string level;
  std::string what;
  std::string text, why, fix;
  // The architecture is silent about the level; it is the profile's own.
  bool suggested = false;
  std::string origin;
};

std::string text_of(const std::vector<ast::Field>& fields, std::string_view name) {
  for (const ast::Field& field : fields) {
    const auto* text = std::get_if<ast::TextExpr>(&field.value.node);
    if (field.key.text == name && text != nullptr) return text->texts.front();
  }
  return {};
}

// A rule with `level = suggested_…` is a suggestion of its profile, whatever keyword it begins with.
bool is_suggestion(const std::vector<ast::Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const ast::Field& field) {
    const auto* level = std::get_if<ast::PathExpr>(&field.value.node);
    return field.key.text == "level" && level != nullptr && level->path.text().starts_with("suggested_");
  });
}

RuleEntry entry_of(const std::vector<ast::Field>& fields, const std::string& level, std::string what) {
  const bool suggested = is_suggestion(fields);
  return {text_of(fields, "code"),
          "",
          "",
          (suggested ? "suggested as " : "") + level,
          std::move(what),
          text_of(fields, "text"),
          text_of(fields, "why"),
          text_of(fields, "fix"),
          suggested,
          ""};
}

void collect_rules(const std::vector<ast::ProfileItem>& items, const std::string& profile,
                   const std::string& role, std::vector<RuleEntry>& rules) {
  const auto add = [&](RuleEntry entry) {
    entry.profile = profile;
    entry.role = role;
    if (!entry.code.empty()) rules.push_back(std::move(entry));
  };
  for (const ast::ProfileItem& item : items) {
    if (const auto* node = std::get_if<ast::Role>(&item.node)) {
      collect_rules(node->items, profile, std::string(node->name.text), rules);
    } else if (const auto* requirement = std::get_if<ast::Requirement>(&item.node)) {
      constexpr std::array<const char*, 3> levels{"required", "recommended", "forbidden"};
      std::vector<std::string> names;
      for (const ast::Path& path : requirement->alternatives)
        names.push_back(path.text());
      add(entry_of(requirement->properties, levels[static_cast<size_t>(requirement->level)],
                   quoted_list(names, "or")));
    } else if (const auto* order = std::get_if<ast::OrderRule>(&item.node)) {
      add(entry_of(order->properties, "required",
                   fmt::format("`{}` before `{}`", order->first.text(), order->second.text())));
    } else if (const auto* budget = std::get_if<ast::BudgetRule>(&item.node)) {
      add(entry_of(budget->properties, "required", "the time of the stage"));
    }
  }
}

std::string origin_of(const ast::Profile& profile) {
  for (const ast::ProfileItem& item : profile.items) {
    const auto* field = std::get_if<ast::Field>(&item.node);
    if (field != nullptr && field->key.text == "origin") return text_of({*field}, "origin");
  }
  return {};
}

std::vector<RuleEntry> standard_rules(const Environment& environment) {
  std::vector<RuleEntry> rules;
  for (const StandardFile& file : environment.library) {
    const ast::File tree = ast::deserialize(file.tree, SourceId{}, file.text);
    for (const ast::Declaration& declaration : tree.declarations) {
      const auto* profile = std::get_if<ast::Profile>(&declaration);
      if (profile == nullptr) continue;
      const size_t first = rules.size();
      collect_rules(profile->items, std::string(profile->name.text), "", rules);
      for (size_t i = first; i < rules.size(); ++i)
        rules[i].origin = origin_of(*profile);
    }
  }
  return rules;
}

// The text of a diagnostic with `…` where its arguments stand.
std::string pattern_of(const DiagnosticInfo& info) {
  std::string text(info.text);
  for (size_t at = 0; (at = text.find("{}", at)) != std::string::npos;)
    text.replace(at, 2, "…");
  return text;
}

int explain_code(const std::string& code, Environment& environment) {
  std::vector<std::string> known;
  for (const DiagnosticInfo* info : diag::all()) {
    known.push_back(info->code());
    if (info->code() != code) continue;
    environment.out(fmt::format("{} {}\n\n  {}\n\n{}\n", info->code(), to_string(info->severity),
                                pattern_of(*info), info->explanation));
    return ok;
  }
  for (const RuleEntry& rule : standard_rules(environment)) {
    known.push_back(rule.code);
    if (rule.code != code) continue;
    environment.out(fmt::format("{} {} in the profile `{}`{}: {}\n\n  {}\n", rule.code, rule.level,
                                rule.profile, rule.role.empty() ? "" : fmt::format(", role `{}`", rule.role),
                                rule.what, rule.text));
    if (rule.suggested)
      environment.out(
          fmt::format("\nLevel: the profile's own suggestion; {} gives no level.\n", rule.origin));
    if (!rule.why.empty()) environment.out(fmt::format("\nWhy: {}.\n", rule.why));
    if (!rule.fix.empty()) environment.out(fmt::format("Fix: {}.\n", rule.fix));
    return ok;
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto likely = nearest(code, names);
  if (code.ends_with(".pipe"))
    return usage_error(environment, "explain what of the file? give a place, such as `build.scan.fail_on`");
  return usage_error(environment, fmt::format("there is no code `{}`{}", code,
                                              likely ? fmt::format("; did you mean `{}`?", *likely) : ""));
}

int list_codes(Environment& environment) {
  for (const DiagnosticInfo* info : diag::all()) {
    environment.out(
        fmt::format("{}  {:7}  {}\n", info->code(), to_string(info->severity), pattern_of(*info)));
  }
  for (const RuleEntry& rule : standard_rules(environment)) {
    environment.out(fmt::format("{}  {}  {}\n", rule.code, rule.level, rule.text));
  }
  return ok;
}

// What `FILE PLACE.PROPERTY` asks for.
struct Place {
  // Empty for all routes.
  std::string route;
  std::string element;
  std::string property;
};

// `[ROUTE:]ELEMENT.PROPERTY`, the element by its name or with its stage.
std::optional<Place> parse_place(const std::string& text) {
  Place place;
  std::string rest = text;
  if (const size_t colon = rest.find(':'); colon != std::string::npos) {
    place.route = rest.substr(0, colon);
    rest.erase(0, colon + 1);
  }
  const size_t dot = rest.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == rest.size()) return std::nullopt;
  place.element = rest.substr(0, dot);
  place.property = rest.substr(dot + 1);
  return place;
}

const sema::Element* find_element(const sema::Route& route, const std::string& name) {
  const sema::Element* found = nullptr;
  for (const sema::Stage& stage : route.stages) {
    for (const auto& element : stage.elements) {
      if (element->id == name) return element.get();
      if (element->name == name) found = element.get();
    }
  }
  return found;
}

std::string describe(const sema::Element& element, const std::string& property,
                     const SourceManager& sources) {
  const sema::Value* value = element.property(property);
  if (value == nullptr && property == "timeout") {
    return fmt::format("{}.timeout = {}\n  the default of its capability\n", element.id,
                       to_string(element.timeout));
  }
  if (value == nullptr && property == "always") {
    return fmt::format("{}.always = {}\n  it stands {} `always` of its stage\n", element.id, element.always,
                       element.always ? "in" : "outside of");
  }
  std::string text =
      fmt::format("{}.{} = {}\n", element.id, property, value == nullptr ? "(not set)" : spell(*value));
  const auto settings = element.settings.find(property);
  if (settings == element.settings.end() || settings->second.empty()) {
    if (value != nullptr) text += "  the default\n";
    return text;
  }
  const bool merged =
      value != nullptr && value->as<sema::MapValue>() != nullptr && settings->second.size() > 1;
  for (size_t i = settings->second.size(); i-- > 0;) {
    const sema::Setting& setting = settings->second[i];
    const ::pipec::Place at = sources.place(setting.span);
    const bool last = i + 1 == settings->second.size();
    std::string line(sources.text(setting.span));
    if (const size_t end = line.find('\n'); end != std::string::npos)
      line.replace(end, std::string::npos, " …");
    text +=
        fmt::format("  {} {}:{}: {}: {}\n", last ? (merged ? "last" : "wins") : (merged ? "then" : "over"),
                    sources.path(setting.span.source), at.line, setting.by, line);
  }
  if (merged) text += "  merged key by key\n";
  return text;
}

int explain_place(const Options& options, Environment& environment) {
  const auto place = parse_place(options.inputs[1]);
  if (!place)
    return usage_error(environment,
                       "a place is `[ROUTE:]ELEMENT.PROPERTY`, such as `hotfix:build.scan.fail_on`");
  Options file = options;
  file.inputs.resize(1);
  int exit_code = ok;
  const auto compilation = compile_input(file, environment, false, exit_code);
  if (compilation == nullptr) return exit_code;
  std::set<std::string> printed;
  std::set<std::string> names;
  bool found = false;
  for (const auto& pipeline : compilation->model().pipelines) {
    for (const sema::Route& route : pipeline->routes) {
      for (const sema::Stage& stage : route.stages) {
        for (const auto& element : stage.elements)
          names.insert(element->id);
      }
      const sema::Element* element = find_element(route, place->element);
      if (element == nullptr || (!place->route.empty() && place->route != route.name)) continue;
      found = true;
      const std::string text = describe(*element, place->property, compilation->sources());
      if (!printed.insert(text).second) continue;
      const bool differs = printed.size() > 1 || route.kind != sema::RouteKind::trunk;
      environment.out(differs ? fmt::format("in the route `{}`: {}", route.name, text) : text);
    }
  }
  if (found) return ok;
  if (compilation->sink().has_errors()) return print_diagnostics(*compilation, file, environment);
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto likely = nearest(place->element, known);
  return usage_error(environment,
                     fmt::format("there is no element `{}`{}{}", place->element,
                                 place->route.empty() ? "" : fmt::format(" in the route `{}`", place->route),
                                 likely ? fmt::format("; did you mean `{}`?", *likely) : ""));
}

}  // namespace

int cmd_explain(const Options& options, Environment& environment) {
  if (options.list) return list_codes(environment);
  if (options.inputs.size() == 1) return explain_code(options.inputs.front(), environment);
  if (options.inputs.size() == 2) return explain_place(options, environment);
  return usage_error(environment, "explain what? give a code, or a file and a place");
}

}  // namespace pipec::driver
