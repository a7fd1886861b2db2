// `rule CODE { check = FORM(…) }` in profiles, and how heirs ask for more.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/profile.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// Whether pipec itself finds or proves something by such a code: `P0411`, `H1` to `H10`.
bool is_reserved(std::string_view code) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (code.size() == 5 && code.front() == 'P') return std::all_of(code.begin() + 1, code.end(), is_digit);
  return code == "H10" || (code.size() == 2 && code.front() == 'H' && code[1] >= '1' && code[1] <= '9');
}

// The roles of a profile, for the arguments of a check.
class RoleNames : public Names {
 public:
  explicit RoleNames(const Profile& profile) : profile_(profile) {}
  std::optional<Value> value(std::string_view, Span) override { return std::nullopt; }
  std::optional<std::string> reference(Space space, std::string_view path) override {
    if (space != Space::role || profile_.find_role(path) == nullptr) return std::nullopt;
    return std::string(path);
  }
  std::vector<std::string_view> value_names() const override { return {}; }
  std::vector<std::string_view> reference_names(Space space) const override {
    std::vector<std::string_view> names;
    if (space != Space::role) return names;
    for (const Role& role : profile_.roles)
      names.push_back(role.name);
    return names;
  }
  std::optional<ArtifactValue> output(std::string_view) override { return std::nullopt; }

 private:
  const Profile& profile_;
};

// How much a rule asks for: an error, a warning of the architecture, one of the profile alone.
int strictness(const RuleText& rule) {
  if (rule.suggested) return rule.level == Level::required ? 1 : 0;
  return rule.level == Level::recommended ? 2 : 3;
}

void add_all(std::vector<RuleText*>& all, auto& rules) {
  for (auto& rule : rules)
    all.push_back(&rule.rule);
}

}  // namespace

std::vector<RuleText*> Profile::all_rules() {
  std::vector<RuleText*> all;
  for (Role& role : roles) {
    add_all(all, role.requirements);
    add_all(all, role.orders);
    add_all(all, role.budgets);
    add_all(all, role.checks);
  }
  add_all(all, requirements);
  add_all(all, orders);
  add_all(all, budgets);
  add_all(all, checks);
  return all;
}

void Profiles::add_checks(const std::vector<ast::ProfileItem>& items, const Entity& entity, Profile& profile,
                          std::string_view role) {
  for (const ast::ProfileItem& item : items) {
    if (const auto* node = std::get_if<ast::Role>(&item.node)) {
      if (role.empty()) add_checks(node->items, entity, profile, node->name.text);
    } else if (const auto* rule = std::get_if<ast::Rule>(&item.node)) {
      add_check(*rule, entity, profile, role);
    }
  }
}

void Profiles::add_check(const ast::Rule& node, const Entity& entity, Profile& profile,
                         std::string_view role_name) {
  RoleNames names(profile);
  const NamedValues values = bind_rule(node.properties, "checked_rule", entity, profile, &names,
                                       fmt::format("rule `{}`", node.name.text), node.head);
  CheckRule rule{.rule = rule_text(values, entity, profile, node.head)};
  rule.rule.code = node.name.text;
  bool has_level = false;
  for (const auto& [name, value] : values) {
    if (value.is_error()) return;
    if (name == "check") rule.check = value;
    has_level = has_level || name == "level";
  }
  if (rule.check.is_error()) {
    tighten(node, std::move(rule.rule), has_level, entity, profile);
    return;
  }
  for (const auto& [name, argument] : rule.check.entries()) {
    std::vector<Value> single{argument};
    const std::vector<Value>& items = argument.as<ListValue>() == nullptr ? single : argument.items();
    for (const Value& item : items) {
      const auto* reference = item.as<ReferenceValue>();
      if (reference == nullptr || reference->space != Space::capability) continue;
      rule.capabilities[name].push_back(
          declarations_.find_capability(reference->name, *entity.module, profile.vocabulary));
    }
  }
  for (Role& role : profile.roles) {
    if (role.name != role_name) continue;
    role.checks.push_back(std::move(rule));
    return;
  }
  profile.checks.push_back(std::move(rule));
}

void Profiles::tighten(const ast::Rule& node, RuleText given, bool has_level, const Entity& entity,
                       Profile& profile) {
  const auto rules = profile.all_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const RuleText* rule) {
    return rule->code == given.code && rule->profile != profile.name;
  });
  if (found == rules.end()) {
    sink_.report(diag::rule_without_check, node.head, given.code);
    return;
  }
  RuleText& rule = **found;
  const bool worded = !given.title.empty() || !given.text.empty() || !given.why.empty() || !given.fix.empty();
  if (worded && !has_level) {
    sink_.report(diag::rule_reworded, node.head, given.code, rule.profile)
        .label(rule.span, "the rule is declared here")
        .note(
            "with a `level` it is asked for by your profile, in its words; what else you ask for is a rule "
            "of "
            "your own");
    return;
  }
  if (has_level && strictness(given) < strictness(rule)) {
    sink_.report(diag::rule_loosened, node.head, given.code, rule.profile).label(rule.span, "asked for here");
    return;
  }
  if (has_level) {
    rule.level = rule.level == Level::forbidden ? Level::forbidden : given.level;
    rule.suggested = given.suggested;
    rule.derived = given.derived;
    rule.profile = entity.name;
    rule.origin = given.origin;
  }
  for (const auto& [from, to] : {std::pair(&given.title, &rule.title), std::pair(&given.text, &rule.text),
                                 std::pair(&given.why, &rule.why), std::pair(&given.fix, &rule.fix)}) {
    if (!from->empty()) *to = *from;
  }
}

void Profiles::check_codes(Profile& profile) {
  std::unordered_map<std::string_view, const RuleText*> known;
  for (const RuleText* rule : profile.all_rules()) {
    if (rule->code.empty()) continue;
    if (is_reserved(rule->code) && rule->profile == profile.name) {
      sink_.report(diag::rule_code_reserved, rule->span, rule->code)
          .note("give the rule a code of the house, such as `HOUSE-01`");
    }
    const RuleText*& first = known.try_emplace(rule->code, rule).first->second;
    if (first == rule) continue;
    // What the profile itself says comes behind what it extends.
    const auto is_behind = [&](const RuleText& a, const RuleText& b) {
      return std::pair(a.profile == profile.name, a.span) > std::pair(b.profile == profile.name, b.span);
    };
    const RuleText* again = rule;
    if (is_behind(*first, *rule)) std::swap(first, again);
    if (again->profile == profile.name)
      sink_.report(diag::rule_code_taken, again->span, again->code)
          .label(first->span, "the first rule with this code");
  }
}

}  // namespace pipec::sema
