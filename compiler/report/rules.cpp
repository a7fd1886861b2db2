#include "compiler/report/rules.h"

#include "compiler/rules/profile_rules.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::report {
namespace {

std::string names_of(const sema::Requirement& requirement) {
  std::vector<std::string> names;
  for (const sema::Capability* capability : requirement.alternatives)
    names.emplace_back(capability->name);
  return quoted_list(names, "or");
}

// Of a role, or of the profile as a whole.
template <class Part>
void add(const Part& part, const sema::Role* role, std::vector<RuleEntry>& rules) {
  for (const sema::BudgetRule& budget : part.budgets)
    rules.push_back({&budget.rule,
                     role,
                     role == nullptr ? "the time of trunk" : "the time of the stage",
                     false,
                     {},
                     false});
  for (const sema::Requirement& requirement : part.requirements) {
    rules.push_back({&requirement.rule, role, names_of(requirement), false, requirement.alternatives, true,
                     rules::may_not_apply(requirement)});
  }
  for (const sema::OrderRule& order : part.orders) {
    rules.push_back({&order.rule,
                     role,
                     fmt::format("`{}` before `{}`", order.first == nullptr ? "" : order.first->name,
                                 order.second == nullptr ? "" : order.second->name),
                     false,
                     {},
                     false});
  }
  for (const sema::CheckRule& check : part.checks) {
    RuleEntry& entry = rules.emplace_back(RuleEntry{&check.rule,
                                                    role,
                                                    fmt::format("`{}`", sema::spell(check.check)),
                                                    check.check.text() == "attested",
                                                    {}});
    for (const auto& [argument, capabilities] : check.capabilities)
      entry.about.insert(entry.about.end(), capabilities.begin(), capabilities.end());
  }
}

}  // namespace

std::vector<RuleEntry> rules_of(const sema::Profile& profile) {
  std::vector<RuleEntry> rules;
  for (const sema::Role& role : profile.roles)
    add(role, &role, rules);
  add(profile, nullptr, rules);
  return rules;
}

std::string level_of(const sema::RuleText& rule) {
  const std::string_view level = rule.level == sema::Level::required      ? "required"
                                 : rule.level == sema::Level::recommended ? "recommended"
                                                                          : "forbidden";
  return fmt::format("{}{}", rule.suggested ? "suggested as " : "", level);
}

std::string authority_of(const sema::RuleText& rule) {
  if (rule.derived && !rule.suggested) return fmt::format("follows from {}", rule.origin);
  if (!rule.suggested) return fmt::format("{} by {}", level_of(rule), rule.origin);
  return fmt::format("{} by the profile `{}`; {} gives no level", level_of(rule), rule.profile, rule.origin);
}

Severity severity_of(const sema::RuleText& rule) {
  const bool mild = rule.suggested || rule.level == sema::Level::recommended;
  return mild ? Severity::warning : Severity::error;
}

std::string waiver_of(std::string_view code) {
  return fmt::format("waive {} because \"…\" {{ owner = …  approved_by = …  until = … }}", code);
}

std::string not_applicable_of(std::string_view code) {
  return fmt::format("not_applicable {} because \"…\" {{ owner = … }}", code);
}

std::string attestation_of(std::string_view code) {
  return fmt::format("attest {} because \"…\" {{ owner = …  until = … }}", code);
}

std::string example_of(std::string_view fix) {
  constexpr std::string_view opening = "add `";
  if (!fix.starts_with(opening)) return {};
  const size_t end = fix.find('`', opening.size());
  const std::string_view code = fix.substr(opening.size(), end - opening.size());
  // A single word is a name that is added to something.
  return end == std::string_view::npos || code.find(' ') == std::string_view::npos ? "" : std::string(code);
}

}  // namespace pipec::report
