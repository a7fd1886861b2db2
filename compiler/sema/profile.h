// Profiles: the interfaces that pipelines implement, as data.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/evaluate.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pipec::sema {

enum class Level : uint8_t { required, recommended, forbidden };

// What every rule of a profile carries.
struct RuleText {
  // The profile that declares it, and the architecture that this profile comes from.
  std::string profile;
  std::string origin;
  std::string code;
  std::string title;
  std::string text;
  std::string why;
  std::string fix;
  Level level = Level::required;
  // The architecture is silent about the level; it is the profile's own suggestion, and messages say so.
  bool suggested = false;
  // The architecture does not state it; it follows from what it says.
  bool derived = false;
  // A kind of source whose presence contradicts that the rule is not applicable.
  const Capability* contradicted_by = nullptr;
  // What people are asked about it, as no file shows it.
  std::vector<std::string> questions;
  Span span;
};

struct ProfileCondition {
  // `contains(database)`: a source holds that kind of source.
  const Capability* contained = nullptr;
};

// An element, source or metric of one of `alternatives` must be there, or must not.
struct Requirement {
  RuleText rule;
  std::vector<const Capability*> alternatives;
  // Properties that it must set.
  std::vector<std::string_view> with;
  std::optional<ProfileCondition> when;
};

// Before each of `second` stands one of `first`, if there is one at all.
struct OrderRule {
  RuleText rule;
  const Capability* first = nullptr;
  const Capability* second = nullptr;
};

struct BudgetRule {
  RuleText rule;
  bool inclusive = true;
  Duration limit;
};

// `rule CODE { check = FORM(…) }`: one of the forms that the compiler knows how to judge.
struct CheckRule {
  RuleText rule;
  // A constructor of the prelude's variant `check`, with its arguments.
  Value check;
  // What the names of capabilities among the arguments mean, by argument.
  std::map<std::string, std::vector<const Capability*>, std::less<>> capabilities;
};

struct Role {
  std::string_view name;
  std::string title;
  bool in_pipeline = true;
  bool production = false;
  bool sources = false;
  std::vector<Requirement> requirements;
  std::vector<BudgetRule> budgets;
  std::vector<OrderRule> orders;
  std::vector<CheckRule> checks;
  Span span;
};

// How far ahead the last day of a waiver or an attestation may be.
struct Term {
  int64_t days = 0;
};

struct Profile {
  const Entity* entity = nullptr;
  std::string_view name;
  const Profile* parent = nullptr;
  // Of the chain of its ancestors, itself included.
  size_t depth = 1;
  // Its roles and rules, those of its ancestors included: how many, and what copying them costs.
  size_t rules = 0;
  size_t weight = 0;
  std::string title;
  std::string origin;
  std::string reference;
  std::optional<Term> waivers;
  // Nothing when an attestation may end on any day.
  std::optional<Term> attestations;
  // In the order in which the stages that play them must stand.
  std::vector<Role> roles;
  std::vector<Requirement> requirements;
  std::vector<OrderRule> orders;
  std::vector<BudgetRule> budgets;
  std::vector<CheckRule> checks;
  // The modules whose capabilities and definitions its pipelines use without importing them.
  std::vector<const Module*> vocabulary;

  const Role* find_role(std::string_view role) const;
  // Every rule, of the roles first.
  std::vector<RuleText*> all_rules();
  size_t position(const Role& role) const { return static_cast<size_t>(&role - roles.data()); }
};

class Profiles {
 public:
  explicit Profiles(Declarations& declarations) : declarations_(declarations), sink_(declarations.sink()) {}

  // Null (and a report) when the profile cannot be used.
  const Profile* profile(const Entity& entity);

 private:
  std::unique_ptr<Profile> build(const Entity& entity);
  void add_items(const std::vector<ast::ProfileItem>& items, const Entity& entity, Profile& profile,
                 Role* role);
  void add_role(const ast::Role& node, const Entity& entity, Profile& profile);
  void add_requirement(const ast::Requirement& node, const Entity& entity, Profile& profile, Role* role);
  void add_order(const ast::OrderRule& node, const Entity& entity, Profile& profile, Role* role);
  void add_budget(const ast::BudgetRule& node, const Entity& entity, Profile& profile, Role* role);
  // Those behind everything else, since they name roles.
  void add_checks(const std::vector<ast::ProfileItem>& items, const Entity& entity, Profile& profile,
                  std::string_view role);
  void add_check(const ast::Rule& node, const Entity& entity, Profile& profile, std::string_view role);
  // What the profile says of a term that it has from the one it extends, if it extends one: it may be
  // shortened.
  void set_term(std::string_view name, const NamedValues& values, const std::vector<ast::Field>& fields,
                const Profile& profile, std::optional<Term>& term);
  // A rule of an ancestor, asked for more strictly.
  void tighten(const ast::Rule& node, RuleText given, bool has_level, const Entity& entity, Profile& profile);
  void change_role(const ast::Role& node, const NamedValues& values, Role& role);
  // Reports codes that two rules have.
  void check_codes(Profile& profile);
  // `part`: what the rule has besides what every rule has. The values are those of `fields`.
  RuleText rule_text(const std::vector<ast::Field>& fields, std::string_view part, const Entity& entity,
                     Profile& profile, Span head);
  RuleText rule_text(const NamedValues& values, const Entity& entity, Profile& profile, Span head);
  NamedValues bind_rule(const std::vector<ast::Field>& fields, std::string_view part, const Entity& entity,
                        Profile& profile, Names* names, std::string_view owner, Span head);
  const Capability* capability(const ast::Path& path, const Entity& entity, const Profile& profile);

  Declarations& declarations_;
  DiagnosticSink& sink_;
  // Profiles whose resolution waits for another one.
  size_t waiting_ = 0;
  std::unordered_map<const Entity*, std::unique_ptr<Profile>> profiles_;
};

}  // namespace pipec::sema
