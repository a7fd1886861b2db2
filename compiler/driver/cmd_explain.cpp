#include "compiler/ast/serialize.h"
#include "compiler/driver/explain_place.h"
#include "compiler/driver/proof_steps.h"
#include "compiler/driver/session.h"
#include "compiler/support/text.h"
#include "compiler/support/wrap.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// A code that a profile declares.
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

void collect_rules(const ast::File& file, std::vector<RuleEntry>& rules) {
  for (const ast::Declaration& declaration : file.declarations) {
    const auto* profile = std::get_if<ast::Profile>(&declaration);
    if (profile == nullptr) continue;
    const size_t first = rules.size();
    collect_rules(profile->items, std::string(profile->name.text), "", rules);
    for (size_t i = first; i < rules.size(); ++i)
      rules[i].origin = origin_of(*profile);
  }
}

std::vector<RuleEntry> standard_rules(const Environment& environment) {
  std::vector<RuleEntry> rules;
  for (const StandardFile& file : environment.library)
    collect_rules(ast::deserialize(file.tree, SourceId{}, file.text), rules);
  return rules;
}

// The text of a diagnostic with `…` where its arguments stand.
std::string pattern_of(const DiagnosticInfo& info) {
  std::string text(info.text);
  for (size_t at = 0; (at = text.find("{}", at)) != std::string::npos;)
    text.replace(at, 2, "…");
  return text;
}

int explain(const RuleEntry& rule, Environment& environment) {
  environment.out(fmt::format("{} {} in the profile `{}`{}: {}\n\n  {}\n", rule.code, rule.level,
                              rule.profile, rule.role.empty() ? "" : fmt::format(", role `{}`", rule.role),
                              rule.what, rule.text));
  if (rule.suggested)
    environment.out(fmt::format("\nLevel: the profile's own suggestion; {} gives no level.\n", rule.origin));
  if (!rule.why.empty()) environment.out(fmt::format("\nWhy: {}.\n", rule.why));
  if (!rule.fix.empty()) environment.out(fmt::format("Fix: {}.\n", rule.fix));
  return ok;
}

int explain(const ProofStep& step, Environment& environment) {
  environment.out(fmt::format("{} of the hotfix proof: {}\n\n", step.id, step.title));
  constexpr size_t line_length = 100;
  for (const std::string& line : wrapped(step.shown, line_length))
    environment.out(fmt::format("  {}\n", line));
  environment.out(fmt::format("\nShown {}.\nFix: {}.\n", step.how, step.fix));
  return ok;
}

// Explains a code of pipec or of the standard library. Nothing when there is none; `known` are those there
// are.
std::optional<int> explain_known(const std::string& code, std::vector<std::string>& known,
                                 Environment& environment) {
  for (const DiagnosticInfo* info : diag::all()) {
    known.push_back(info->code());
    if (info->code() != code) continue;
    environment.out(fmt::format("{} {}\n\n  {}\n\n{}\n", info->code(), to_string(info->severity),
                                pattern_of(*info), info->explanation));
    return ok;
  }
  for (const RuleEntry& rule : standard_rules(environment)) {
    known.push_back(rule.code);
    if (rule.code == code) return explain(rule, environment);
  }
  for (const ProofStep& step : proof_steps()) {
    known.emplace_back(step.id);
    if (step.id == code) return explain(step, environment);
  }
  return std::nullopt;
}

int explain_code(const std::string& code, Environment& environment) {
  std::vector<std::string> known;
  if (const auto explained = explain_known(code, known, environment)) return *explained;
  if (code.ends_with(".pipe"))
    return usage_error(
        environment, "explain what of the file? give a place, such as `build.scan` or `build.scan.fail_on`");
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto likely = nearest(code, names);
  const std::string hint = likely ? fmt::format("; did you mean `{}`?", *likely) : "";
  environment.err(fmt::format("pipec: there is no code `{}`{}\n", code, hint));
  return usage_error(environment,
                     fmt::format("a rule of a profile of yours is explained with a file that knows it: "
                                 "`pipec explain FILE {}`",
                                 code));
}

// A rule of a profile that the file declares or imports. Nothing when there is none, or the file cannot be
// read.
std::optional<RuleEntry> rule_of_file(const Options& options, Environment& environment) {
  Compilation compilation({options.inputs[0], options.root, {}, {}}, environment.files, environment.library);
  if (!compilation.load()) return std::nullopt;
  std::vector<RuleEntry> rules;
  for (const ast::File* file : compilation.user_files())
    collect_rules(*file, rules);
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const RuleEntry& rule) { return rule.code == options.inputs[1]; });
  if (found == rules.end()) return std::nullopt;
  return std::move(*found);
}

int explain_in_file(const Options& options, Environment& environment) {
  std::vector<std::string> known;
  if (const auto rule = rule_of_file(options, environment)) return explain(*rule, environment);
  if (const auto explained = explain_known(options.inputs[1], known, environment)) return *explained;
  return explain_place(options, environment);
}

int list_codes(Environment& environment) {
  for (const DiagnosticInfo* info : diag::all()) {
    environment.out(
        fmt::format("{}  {:7}  {}\n", info->code(), to_string(info->severity), pattern_of(*info)));
  }
  for (const RuleEntry& rule : standard_rules(environment)) {
    environment.out(fmt::format("{}  {}  {}\n", rule.code, rule.level, rule.text));
  }
  for (const ProofStep& step : proof_steps())
    environment.out(fmt::format("{:5}  proof    {}\n", step.id, step.title));
  return ok;
}

}  // namespace

int cmd_explain(const Options& options, Environment& environment) {
  if (options.list) return list_codes(environment);
  if (options.inputs.size() == 1) return explain_code(options.inputs.front(), environment);
  if (options.inputs.size() == 2) return explain_in_file(options, environment);
  return usage_error(
      environment,
      "explain what? give a code such as `P0203`, `DPRA-APP-BUILD-04` or `H1`, or a file and a place");
}

}  // namespace pipec::driver
