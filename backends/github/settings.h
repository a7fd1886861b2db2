// What the pipeline relies on in GitHub and cannot carry in its workflows: environments, rulesets, rights of
// workflows. An administrator applies and checks it by setup.sh; every run towards production compares the
// environments again.
#pragma once

#include "backends/backend.h"
#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pipec::backends::github {

// An environment and who may use it. Lists are sorted, so that they can be compared.
struct ProtectedEnvironment {
  Required<std::string> name;
  // Slugs of teams of the repository's organisation; one of their members approves.
  std::vector<std::string> reviewers;
  // Who started the run does not approve it.
  bool prevent_self_review = false;
  // Patterns of the refs from which a run may name it; `*` stops at a slash.
  std::vector<std::string> branches;
  std::vector<std::string> tags;
};

// Who is not bound by a ruleset. Teams are known by their slugs until setup.sh looks up their numbers.
struct Bypass {
  enum class Kind : unsigned char { team, integration, repository_role };
  Required<Kind> kind;
  std::string slug;
  int64_t number = 0;
};

struct RequiredCheck {
  Required<std::string> context;
  // The app that must report it.
  Required<int64_t> integration;
};

struct Rule {
  enum class Kind : unsigned char {
    creation,
    update,
    deletion,
    non_fast_forward,
    pull_request,
    required_checks
  };
  Required<Kind> kind;
  // Of `required_checks`.
  std::vector<RequiredCheck> checks;
};

struct Ruleset {
  enum class Target : unsigned char { branch, tag };
  Required<std::string> name;
  Required<Target> target;
  // `refs/heads/main`
  Required<std::vector<std::string>> include;
  Required<std::vector<Rule>> rules;
  std::vector<Bypass> bypass;
  // Of an organisation's ruleset: the repositories that it binds.
  std::vector<std::string> repositories;
};

struct Settings {
  Required<std::string> pipeline;
  Required<std::string> repository;
  // Where GitHub is: `github.com`.
  Required<std::string> server;
  Required<std::string> trunk;
  Required<std::string> visibility;
  Required<std::vector<ProtectedEnvironment>> environments;
  // Environments of which the live commit must be recorded.
  Required<std::vector<std::string>> live;
  Required<std::vector<Ruleset>> rulesets;
  // Only an organisation can name GitHub Actions among those that a ruleset does not bind.
  Required<std::vector<Ruleset>> organization_rulesets;
  // Names of the secrets that workflows read.
  Required<std::vector<std::string>> secrets;
};

// Needs a pipeline that `check` accepted.
Settings settings(const Context& context);

// The environments that runs of a route name, for its preflight: a JSON array on one line.
std::string environments_of(const Settings& settings, const RoutePlan& plan);

// Whether pull requests must pass the check `Context::gate_name`: the workflow must report it on each of
// them.
bool has_gate(const Context& context);

// settings.json and the scripts that apply it, below Context::folder().
OutputSet settings_files(const Context& context);

}  // namespace pipec::backends::github
