#include "compiler/sema/profile.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/named_values.h"
#include "compiler/sema/profile_origin.h"
#include "compiler/sema/resolve_once.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

std::vector<ast::Field> fields_of(const std::vector<ast::ProfileItem>& items) {
  std::vector<ast::Field> fields;
  for (const ast::ProfileItem& item : items) {
    if (const auto* field = std::get_if<ast::Field>(&item.node)) fields.push_back(*field);
  }
  return fields;
}

void report_unknown_parent(const ast::Path& parent, const Entity& profile, const Declarations& declarations,
                           DiagnosticSink& sink) {
  const Module& module = *profile.module;
  const std::string name = parent.text();
  if (Declarations::is_missing_import(module, name)) return;
  auto report = sink.report(diag::unknown_name, parent.span, "profile", name);
  const auto known = declarations.visible(module, {EntityKind::profile}, profile.name);
  if (const auto likely = nearest(name, known)) {
    report.replace(parent.span, std::string(*likely));
  } else {
    declarations.offer_import(report, parent.span, name, module, {EntityKind::profile});
  }
}

}  // namespace

const Role* Profile::find_role(std::string_view role) const {
  for (const Role& candidate : roles) {
    if (candidate.name == role) return &candidate;
  }
  return nullptr;
}

const Profile* Profiles::profile(const Entity& entity) {
  const auto& parent = std::get<ast::Profile>(*entity.node).parent;
  if (parent && declarations_.find(*entity.module, parent->text(), {EntityKind::profile}) == nullptr) {
    // What the profile lacks may be in its parent, so nothing else is said of it.
    if (profiles_.try_emplace(&entity).second) report_unknown_parent(*parent, entity, declarations_, sink_);
    return nullptr;
  }
  return resolve_once(profiles_, entity, sink_, waiting_, [&](const Entity& e) { return build(e); });
}

std::unique_ptr<Profile> Profiles::build(const Entity& entity) {
  const auto& node = std::get<ast::Profile>(*entity.node);
  auto built = std::make_unique<Profile>();
  if (node.parent) {
    const Entity* parent = declarations_.find(*entity.module, node.parent->text(), {EntityKind::profile});
    const Profile* base = profile(*parent);
    if (base != nullptr && base->depth >= max_chain) {
      sink_.report(diag::chain_too_long, entity.span, entity.name, static_cast<int>(max_chain));
    } else if (base != nullptr && declarations_.inherits(base->weight, entity)) {
      *built = *base;
      built->parent = base;
      ++built->depth;
    }
  }
  built->entity = &entity;
  built->name = entity.name;
  const bool known =
      std::find(built->vocabulary.begin(), built->vocabulary.end(), entity.module) != built->vocabulary.end();
  if (!known) built->vocabulary.push_back(entity.module);

  Evaluator evaluator(declarations_);
  std::vector<Parameter> schema = declarations_.schema("declaration", "profile").parameters;
  const NamedValues values =
      evaluator.bind(schema, fields_of(node.items), {entity.module, nullptr, &built->vocabulary},
                     fmt::format("profile `{}`", entity.name), node.head);
  built->title = text_of(values, "title");
  built->origin = text_of(values, "origin");
  check_origin(values, entity, declarations_);
  built->reference = text_of(values, "reference");
  set_term("waivers", values, fields_of(node.items), *built, built->waivers);
  set_term("attestations", values, fields_of(node.items), *built, built->attestations);
  add_items(node.items, entity, *built, nullptr);
  add_checks(node.items, entity, *built, {});
  check_codes(*built);
  return built;
}

void Profiles::set_term(std::string_view name, const NamedValues& values,
                        const std::vector<ast::Field>& fields, const Profile& profile,
                        std::optional<Term>& term) {
  const bool given = std::any_of(fields.begin(), fields.end(),
                                 [&](const ast::Field& field) { return field.key.text == name; });
  const Value* value = find(values, name);
  // An heir that says nothing keeps what it has.
  if (value == nullptr || (!given && profile.parent != nullptr)) return;
  const Value* argument = value->find("time");
  const auto* time = argument == nullptr ? nullptr : argument->as<Duration>();
  if (time == nullptr) return;
  constexpr int64_t day = 24 * 60 * 60;
  if (time->seconds == 0 || time->seconds % day != 0) {
    sink_.report(diag::term_in_days, argument->span, to_string(*time));
    return;
  }
  const Term own{time->seconds / day};
  if (profile.parent != nullptr && term && own.days > term->days) {
    sink_.report(diag::term_loosened, value->span, name, profile.parent->name, static_cast<int>(term->days))
        .replace(argument->span, fmt::format("{}d", term->days));
    return;
  }
  term = own;
}

void Profiles::add_items(const std::vector<ast::ProfileItem>& items, const Entity& entity, Profile& profile,
                         Role* role) {
  for (const ast::ProfileItem& item : items) {
    if (!std::holds_alternative<ast::Field>(item.node) && ++profile.rules > max_parts) {
      if (profile.rules == max_parts + 1)
        declarations_.capped(profile.rules, fmt::format("the profile `{}`", profile.name), "roles and rules",
                             entity.span);
      return;
    }
    if (const auto* node = std::get_if<ast::Role>(&item.node)) {
      if (role == nullptr) {
        add_role(*node, entity, profile);
      } else {
        sink_.report(diag::no_meaning, node->head, "a role inside of a role");
      }
    } else if (const auto* requirement = std::get_if<ast::Requirement>(&item.node)) {
      add_requirement(*requirement, entity, profile, role);
    } else if (const auto* order = std::get_if<ast::OrderRule>(&item.node)) {
      add_order(*order, entity, profile, role);
    } else if (const auto* budget = std::get_if<ast::BudgetRule>(&item.node)) {
      add_budget(*budget, entity, profile, role);
    }
  }
}

void Profiles::add_role(const ast::Role& node, const Entity& entity, Profile& profile) {
  Role* role = nullptr;
  for (Role& existing : profile.roles) {
    if (existing.name == node.name.text) role = &existing;
  }
  Evaluator evaluator(declarations_);
  const std::vector<Parameter>& schema = declarations_.schema("declaration", "role").parameters;
  const std::vector<ast::Field> fields = fields_of(node.items);
  const std::string owner = fmt::format("role `{}`", node.name.text);
  if (role == nullptr) {
    profile.roles.push_back(
        {.name = node.name.text, .title = std::string(node.name.text), .span = node.head});
    role = &profile.roles.back();
    const NamedValues values = evaluator.bind(schema, fields, {entity.module}, owner, node.head);
    role->title = text_of(values, "title");
    role->in_pipeline = bool_of(values, "in_pipeline");
    role->production = bool_of(values, "production");
    role->sources = bool_of(values, "sources");
  } else {
    // An heir says only what it adds.
    Scope scope{entity.module};
    scope.open = true;
    change_role(node, evaluator.bind(schema, fields, scope, owner, node.head), *role);
  }
  add_items(node.items, entity, profile, role);
}

void Profiles::change_role(const ast::Role& node, const NamedValues& values, Role& role) {
  for (const ast::Field& field : fields_of(node.items)) {
    const auto differs = [&](std::string_view name, bool value) {
      return field.key.text == name && bool_of(values, name) != value;
    };
    if (field.key.text == "title") role.title = text_of(values, "title");
    if (differs("in_pipeline", role.in_pipeline) || differs("production", role.production) ||
        differs("sources", role.sources))
      sink_.report(diag::role_changed, field.span, field.key.text, role.name)
          .label(role.span, "the role is declared here");
  }
}

NamedValues Profiles::bind_rule(const std::vector<ast::Field>& fields, std::string_view part,
                                const Entity& entity, Profile& profile, Names* names, std::string_view owner,
                                Span head) {
  std::vector<Parameter> parameters = declarations_.schema("declaration", part).parameters;
  const std::vector<Parameter>& common = declarations_.schema("declaration", "rule").parameters;
  parameters.insert(parameters.end(), common.begin(), common.end());
  return Evaluator(declarations_)
      .bind(parameters, fields, {entity.module, names, &profile.vocabulary}, owner, head);
}

RuleText Profiles::rule_text(const std::vector<ast::Field>& fields, std::string_view part,
                             const Entity& entity, Profile& profile, Span head) {
  return rule_text(bind_rule(fields, part, entity, profile, nullptr, "this rule", head), entity, profile,
                   head);
}

RuleText Profiles::rule_text(const NamedValues& values, const Entity& entity, Profile& profile, Span head) {
  RuleText rule;
  rule.profile = profile.name;
  rule.origin = text_of(values, "origin");
  if (rule.origin.empty()) rule.origin = profile.origin;
  check_origin(values, entity, declarations_);
  rule.code = text_of(values, "code");
  rule.title = text_of(values, "title");
  rule.text = text_of(values, "text");
  rule.why = text_of(values, "why");
  rule.fix = text_of(values, "fix");
  rule.span = head;
  size_t bytes = rule.text.size() + rule.why.size() + rule.fix.size();
  if (const Value* questions = find(values, "questions"); questions != nullptr && !questions->is_error()) {
    for (const Value& question : questions->items()) {
      rule.questions.push_back(question.text());
      bytes += question.text().size();
    }
  }
  // Long texts cost as much to copy as many rules.
  constexpr size_t bytes_of_a_rule = 256;
  profile.weight += 1 + bytes / bytes_of_a_rule;
  if (const Value* contradicted = find(values, "contradicted_by");
      contradicted != nullptr && !contradicted->is_error()) {
    rule.contradicted_by =
        declarations_.find_capability(contradicted->text(), *entity.module, profile.vocabulary);
  }
  if (const Value* level = find(values, "level")) {
    rule.suggested = level->text().starts_with("suggested");
    rule.level = level->text().ends_with("required") ? Level::required : Level::recommended;
  }
  const Value* derived = find(values, "derived");
  rule.derived = derived != nullptr && derived->as<bool>() != nullptr && *derived->as<bool>();
  return rule;
}

const Capability* Profiles::capability(const ast::Path& path, const Entity& entity, const Profile& profile) {
  const Capability* found = declarations_.find_capability(path.text(), *entity.module, profile.vocabulary);
  if (found == nullptr) sink_.report(diag::unknown_name, path.span, "capability", path.text());
  return found;
}

void Profiles::add_requirement(const ast::Requirement& node, const Entity& entity, Profile& profile,
                               Role* role) {
  Requirement requirement;
  requirement.rule = rule_text(node.properties, "numbered_rule", entity, profile, node.head);
  switch (node.level) {
    case ast::Requirement::Level::require:
      requirement.rule.level = Level::required;
      break;
    case ast::Requirement::Level::recommend:
      requirement.rule.level = Level::recommended;
      break;
    case ast::Requirement::Level::forbid:
      requirement.rule.level = Level::forbidden;
      break;
  }
  for (const ast::Path& path : node.alternatives) {
    if (const Capability* found = capability(path, entity, profile))
      requirement.alternatives.push_back(found);
  }
  if (requirement.alternatives.empty()) return;
  if (requirement.rule.title.empty()) requirement.rule.title = requirement.alternatives.front()->title;
  for (const ast::Name& name : node.with) {
    const auto declares = [&](const Capability* capability) {
      const Constructor& common = declarations_.schema("element", "element");
      const Constructor* kind = declarations_.prelude_variant("element").find(to_string(capability->kind));
      const auto has = [&](const std::vector<Parameter>& parameters) {
        return std::any_of(parameters.begin(), parameters.end(),
                           [&](const Parameter& p) { return p.name == name.text; });
      };
      return has(common.parameters) || (kind != nullptr && has(kind->parameters)) ||
             has(capability->parameters);
    };
    if (!std::all_of(requirement.alternatives.begin(), requirement.alternatives.end(), declares)) {
      sink_.report(diag::unknown_property, name.span, name.text, "the required capability");
    }
    requirement.with.push_back(name.text);
  }
  if (node.when) {
    const auto* call = std::get_if<ast::CallExpr>(&node.when->subject.node);
    const auto* argument = call == nullptr || call->arguments.size() != 1
                               ? nullptr
                               : std::get_if<ast::PathExpr>(&call->arguments.front().value.node);
    if (argument == nullptr || call->callee.text() != "contains" || node.when->comparison) {
      sink_.report(diag::unknown_fact, node.when->span);
    } else {
      requirement.when = ProfileCondition{capability(argument->path, entity, profile)};
    }
  }
  if (node.role) {
    for (Role& candidate : profile.roles) {
      if (candidate.name == node.role->text) role = &candidate;
    }
    if (role == nullptr) {
      sink_.report(diag::unknown_name, node.role->span, "role", node.role->text);
      return;
    }
  }
  (role == nullptr ? profile.requirements : role->requirements).push_back(std::move(requirement));
}

void Profiles::add_order(const ast::OrderRule& node, const Entity& entity, Profile& profile, Role* role) {
  OrderRule rule;
  rule.rule = rule_text(node.properties, "numbered_rule", entity, profile, node.head);
  rule.first = capability(node.before ? node.first : node.second, entity, profile);
  rule.second = capability(node.before ? node.second : node.first, entity, profile);
  if (rule.first == nullptr || rule.second == nullptr) return;
  (role == nullptr ? profile.orders : role->orders).push_back(std::move(rule));
}

void Profiles::add_budget(const ast::BudgetRule& node, const Entity& entity, Profile& profile, Role* role) {
  Evaluator evaluator(declarations_);
  const Value limit =
      evaluator.evaluate(node.limit, *declarations_.types().simple(TypeKind::duration), {entity.module});
  const auto* duration = limit.as<Duration>();
  if (duration == nullptr) return;
  BudgetRule rule{rule_text(node.properties, "numbered_rule", entity, profile, node.head),
                  node.comparison == ast::Comparison::less_equal, *duration};
  (role == nullptr ? profile.budgets : role->budgets).push_back(std::move(rule));
}

}  // namespace pipec::sema
