#include "backends/github/settings.h"

#include "backends/common/values.h"
#include "backends/github/scripts.h"
#include "backends/github/settings_json.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// GitHub's own app, which reports the results of workflows and owns GITHUB_TOKEN. Source: `app.id` of any
// check run of GitHub Actions on github.com.
constexpr int64_t actions_app = 15368;
// GitHub REST API, "Create a repository ruleset": the number of the role `admin`.
constexpr int64_t admin_role = 5;

// `release/**` as GitHub's patterns say it: there a `*` stops at a slash, and `**/` is any number of folders.
std::vector<std::string> patterns(const std::string& glob) {
  if (!glob.ends_with("**")) return {glob};
  const std::string start = glob.substr(0, glob.size() - 2);
  return {start + "*", start + "**/*"};
}

void insert_all(std::set<std::string>& into, const std::vector<std::string>& items) {
  into.insert(items.begin(), items.end());
}

// `acme/payments-oncall` is the team `payments-oncall` of the organisation.
std::string slug(const std::string& team) { return team.substr(team.find('/') + 1); }

class Builder {
 public:
  explicit Builder(const Context& context) : context_(context), pipeline_(context.pipeline()) {}

  Settings run() {
    for (const ir::Route* route : context_.routes())
      add_route(*route);
    for (const ir::Environment* environment : context_.production_environments()) {
      live_.push_back(environment->name);
      add_override(*environment);
    }
    return {.pipeline = pipeline_.name,
            .repository = context_.repository(),
            .server = context_.setting("server", "github.com"),
            .trunk = context_.trunk_branch(),
            .visibility = context_.setting("visibility"),
            .environments = environments(),
            .live = live_,
            .rulesets = rulesets(),
            .organization_rulesets = organization_rulesets(),
            .secrets = secrets()};
  }

 private:
  struct Access {
    std::set<std::string> reviewers, branches, tags;
    bool separate = false;
  };

  void add_route(const ir::Route& route) {
    const RoutePlan planned = plan(context_, route);
    for (const PlannedJob& job : planned.jobs) {
      if (job.environment.empty()) continue;
      Access& access = environments_[job.environment];
      insert_all(access.branches, branches_of(route));
      for (const std::string& tag : route.trigger.tags)
        insert_all(access.tags, patterns(tag));
      for (const ir::Element* element : job.elements) {
        if (element->kind != ir::ElementKind::approval) continue;
        PIPEC_CHECK(element->approvers.has_value());
        insert_all(access.reviewers, teams(*element->approvers));
        access.separate = access.separate || context_.environment(planned.stage_of(job)).separate;
      }
    }
  }

  // From where runs of the route come. A schedule and a start by hand are runs of the trunk. A pull request
  // is judged by its merge ref, whatever its branches are called (GitHub changelog of 2025-11-07, "Actions
  // pull_request_target and environment branch protections changes"), and a merge queue by its own branch.
  std::vector<std::string> branches_of(const ir::Route& route) const {
    if (route.kind == ir::RouteKind::hotfix || route.kind == ir::RouteKind::backfill)
      return patterns(pipeline_.hotfix->prefix + "**");
    std::set<std::string> found;
    for (const std::string& branch : route.trigger.branches)
      insert_all(found, patterns(branch));
    if (!route.trigger.schedule.empty() || route.trigger.manual) found.insert(context_.trunk_branch());
    for (const std::string& base : route.trigger.pull_requests) {
      found.insert("refs/pull/*/merge");
      for (const std::string& pattern : patterns(base))
        found.insert(fmt::format("gh-readonly-queue/{}/*", pattern));
    }
    return {found.begin(), found.end()};
  }

  // Two people agree to an override: the one who starts its workflow on the trunk and another one.
  void add_override(const ir::Environment& environment) {
    Access access{.branches = {context_.trunk_branch()}, .separate = true};
    insert_all(access.reviewers, approvers(environment));
    environments_[Context::override_environment(environment)] = access;
  }

  std::vector<std::string> teams(size_t group) const {
    const auto& identities = pipeline_.groups[group].identities;
    const auto found = identities.find("github");
    if (found == identities.end()) return {};
    std::vector<std::string> slugs;
    for (const std::string& team : found->second)
      slugs.push_back(slug(team));
    return slugs;
  }

  // Those of the environment, else of the approvals that lead to it.
  std::vector<std::string> approvers(const ir::Environment& environment) const {
    if (environment.approvers) return teams(*environment.approvers);
    std::set<std::string> found;
    for (const std::string& name : {environment.name, Context::approval_environment(environment)}) {
      const auto access = environments_.find(name);
      if (access != environments_.end())
        found.insert(access->second.reviewers.begin(), access->second.reviewers.end());
    }
    return {found.begin(), found.end()};
  }

  std::vector<ProtectedEnvironment> environments() const {
    std::vector<ProtectedEnvironment> list;
    for (const auto& [name, access] : environments_) {
      // Nothing could ever name it.
      PIPEC_CHECK(!access.branches.empty() || !access.tags.empty());
      list.push_back({.name = name,
                      .reviewers = {access.reviewers.begin(), access.reviewers.end()},
                      .prevent_self_review = access.separate && !access.reviewers.empty(),
                      .branches = {access.branches.begin(), access.branches.end()},
                      .tags = {access.tags.begin(), access.tags.end()}});
    }
    return list;
  }

  std::string ruleset_name(std::string_view what) const {
    return fmt::format("pipec {}: {}", pipeline_.name, what);
  }
  std::vector<std::string> ledger() const { return {fmt::format("refs/tags/pipec/{}/**/*", pipeline_.name)}; }

  std::vector<Ruleset> rulesets() const {
    std::vector<Rule> trunk{{.kind = Rule::Kind::deletion}, {.kind = Rule::Kind::non_fast_forward}};
    // What reaches production, and what controls it, was seen by somebody else.
    if (!live_.empty()) trunk.push_back({.kind = Rule::Kind::pull_request});
    if (has_gate(context_)) {
      trunk.push_back({.kind = Rule::Kind::required_checks,
                       .checks = {{.context = context_.gate_name(), .integration = actions_app}}});
    }
    std::vector<Ruleset> list{{.name = ruleset_name("trunk"),
                               .target = Ruleset::Target::branch,
                               .include = std::vector<std::string>{"refs/heads/" + context_.trunk_branch()},
                               .rules = trunk}};
    if (context_.find(ir::RouteKind::hotfix) != nullptr) add_hotfix_rulesets(list);
    if (live_.empty()) return list;
    // Records of the ledger are made and never changed, by nobody.
    list.push_back({.name = ruleset_name("ledger"),
                    .target = Ruleset::Target::tag,
                    .include = ledger(),
                    .rules = std::vector<Rule>{{.kind = Rule::Kind::deletion},
                                               {.kind = Rule::Kind::non_fast_forward},
                                               {.kind = Rule::Kind::update}}});
    return list;
  }

  void add_hotfix_rulesets(std::vector<Ruleset>& list) const {
    std::vector<std::string> include;
    for (const std::string& pattern : patterns(pipeline_.hotfix->prefix + "**"))
      include.push_back("refs/heads/" + pattern);
    list.push_back({.name = ruleset_name("hotfix"),
                    .target = Ruleset::Target::branch,
                    .include = include,
                    .rules = std::vector<Rule>{{.kind = Rule::Kind::non_fast_forward}}});
    std::set<std::string> creators;
    for (const ir::Environment* environment : context_.production_environments())
      insert_all(creators, approvers(*environment));
    if (creators.empty()) return;
    std::vector<Bypass> bypass;
    for (const std::string& team : creators)
      bypass.push_back({.kind = Bypass::Kind::team, .slug = team});
    // A ruleset of its own: whoever is not bound by one is not bound by any of its rules.
    list.push_back({.name = ruleset_name("start of a hotfix"),
                    .target = Ruleset::Target::branch,
                    .include = include,
                    .rules = std::vector<Rule>{{.kind = Rule::Kind::creation}},
                    .bypass = bypass});
  }

  // Workflows write the ledger; setup.sh --live writes its first record with the rights of an administrator.
  std::vector<Ruleset> organization_rulesets() const {
    if (live_.empty()) return {};
    const std::string& repository = context_.repository();
    return {{.name = ruleset_name(fmt::format("ledger of {}", repository.substr(repository.find('/') + 1))),
             .target = Ruleset::Target::tag,
             .include = ledger(),
             .rules = std::vector<Rule>{{.kind = Rule::Kind::creation}},
             .bypass = {{.kind = Bypass::Kind::integration, .number = actions_app},
                        {.kind = Bypass::Kind::repository_role, .number = admin_role}},
             .repositories = {repository.substr(repository.find('/') + 1)}}};
  }

  std::vector<std::string> secrets() const {
    std::set<std::string> names;
    const auto add_channels = [&](const std::vector<ir::Value>& channels) {
      for (const ir::Value& channel : channels) {
        const ir::Value* webhook = channel.find("webhook");
        if (webhook == nullptr) continue;
        if (const ir::Value* name = webhook->find("name")) names.insert(environment_text(*name));
      }
    };
    add_channels(pipeline_.notify);
    if (pipeline_.hotfix) add_channels(pipeline_.hotfix->notify);
    for (const ir::Route* route : context_.routes()) {
      for (const Placed& placed : elements_of(*route)) {
        const auto work = placed.element->work.find("github");
        if (work == placed.element->work.end()) continue;
        for (const auto& [variable, secret] : work->second.secrets)
          names.insert(secret);
      }
    }
    return {names.begin(), names.end()};
  }

  const Context& context_;
  const ir::Pipeline& pipeline_;
  // By name.
  std::map<std::string, Access> environments_;
  std::vector<std::string> live_;
};

}  // namespace

Settings settings(const Context& context) { return Builder(context).run(); }

bool has_gate(const Context& context) {
  return !context.pull_request_routes().empty() || context.find(ir::RouteKind::hotfix) != nullptr;
}

std::string environments_of(const Settings& settings, const RoutePlan& plan) {
  std::vector<ProtectedEnvironment> named;
  for (const ProtectedEnvironment& environment : *settings.environments) {
    const bool used = std::any_of(plan.jobs.begin(), plan.jobs.end(), [&](const PlannedJob& job) {
      return job.environment == *environment.name;
    });
    if (used) named.push_back(environment);
  }
  return print_environments(named);
}

OutputSet settings_files(const Context& context) {
  const std::string folder = context.folder();
  return {{folder + "environment.jq", std::string(script_text("environment.jq"))},
          {folder + "settings.json", print(settings(context))},
          {folder + "setup.sh", std::string(script_text("setup.sh")), true}};
}

}  // namespace pipec::backends::github
