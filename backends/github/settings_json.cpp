#include "backends/github/settings_json.h"

#include <nlohmann/json.hpp>

namespace pipec::backends::github {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ProtectedEnvironment& environment) {
  Json reviewers = Json::array();
  for (const std::string& slug : environment.reviewers)
    reviewers.push_back("Team:" + slug);
  return {{"name", *environment.name},
          {"reviewers", reviewers},
          {"prevent_self_review", environment.prevent_self_review},
          // No way past the reviewers is ever wanted.
          {"can_admins_bypass", false},
          {"branches", environment.branches},
          {"tags", environment.tags}};
}

Json json_of(const std::vector<ProtectedEnvironment>& environments) {
  Json list = Json::array();
  for (const ProtectedEnvironment& environment : environments)
    list.push_back(json_of(environment));
  return list;
}

std::string_view type_of(Rule::Kind kind) {
  switch (kind) {
    case Rule::Kind::creation:
      return "creation";
    case Rule::Kind::update:
      return "update";
    case Rule::Kind::deletion:
      return "deletion";
    case Rule::Kind::non_fast_forward:
      return "non_fast_forward";
    case Rule::Kind::pull_request:
      return "pull_request";
    case Rule::Kind::required_checks:
      return "required_status_checks";
  }
  return {};
}

Json json_of(const Rule& rule) {
  Json json{{"type", type_of(*rule.kind)}};
  if (*rule.kind == Rule::Kind::pull_request) {
    // Somebody else has seen what is merged, as it is merged.
    json["parameters"] = {{"dismiss_stale_reviews_on_push", true},
                          {"require_code_owner_review", false},
                          {"require_last_push_approval", true},
                          {"required_approving_review_count", 1},
                          {"required_review_thread_resolution", false}};
  }
  if (*rule.kind == Rule::Kind::required_checks) {
    Json checks = Json::array();
    for (const RequiredCheck& check : rule.checks) {
      checks.push_back({{"context", *check.context}, {"integration_id", *check.integration}});
    }
    json["parameters"] = {{"required_status_checks", checks},
                          {"strict_required_status_checks_policy", false}};
  }
  return json;
}

Json json_of(const Ruleset& ruleset) {
  Json teams = Json::array();
  Json actors = Json::array();
  for (const Bypass& bypass : ruleset.bypass) {
    if (*bypass.kind == Bypass::Kind::team) {
      teams.push_back(bypass.slug);
    } else {
      const bool app = *bypass.kind == Bypass::Kind::integration;
      actors.push_back({{"actor_id", bypass.number},
                        {"actor_type", app ? "Integration" : "RepositoryRole"},
                        {"bypass_mode", "always"}});
    }
  }
  Json conditions{{"ref_name", {{"include", *ruleset.include}, {"exclude", Json::array()}}}};
  if (!ruleset.repositories.empty()) {
    conditions["repository_name"] = {{"include", ruleset.repositories}, {"exclude", Json::array()}};
  }
  Json rules = Json::array();
  for (const Rule& rule : *ruleset.rules)
    rules.push_back(json_of(rule));
  Json json{
      {"name", *ruleset.name},    {"target", *ruleset.target == Ruleset::Target::branch ? "branch" : "tag"},
      {"enforcement", "active"},  {"bypass_actors", actors},
      {"conditions", conditions}, {"rules", rules}};
  if (!teams.empty()) json["bypass_teams"] = teams;
  return json;
}

Json json_of(const std::vector<Ruleset>& rulesets) {
  Json list = Json::array();
  for (const Ruleset& ruleset : rulesets)
    list.push_back(json_of(ruleset));
  return list;
}

}  // namespace

std::string print(const Settings& settings) {
  const Json json{
      {"pipeline", *settings.pipeline},
      {"repository", *settings.repository},
      {"server", *settings.server},
      {"trunk", *settings.trunk},
      {"visibility", *settings.visibility},
      {"environments", json_of(*settings.environments)},
      {"live", *settings.live},
      {"rulesets", json_of(*settings.rulesets)},
      {"organization_rulesets", json_of(*settings.organization_rulesets)},
      // Who may open pull requests may also approve them, so that workflows do neither.
      {"actions", {{"default_workflow_permissions", "read"}, {"can_approve_pull_request_reviews", false}}},
      {"secrets", *settings.secrets}};
  return json.dump(2) + "\n";
}

std::string print_environments(const std::vector<ProtectedEnvironment>& environments) {
  return json_of(environments).dump();
}

}  // namespace pipec::backends::github
