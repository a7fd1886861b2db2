// What pipec uses of AWS CodePipeline, CodeBuild and IAM, as types. A key that AWS requires is a `Required`
// member.
#pragma once

#include "backends/codepipeline/template.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::backends::codepipeline {

using Variables = std::vector<std::pair<std::string, std::string>>;

struct Statement {
  Required<std::string> sid;
  Required<std::vector<std::string>> actions;
  // A reference to a list stands alone.
  Required<std::vector<Node>> resources;
  Node condition;
};

// Who may take on a role: a service of AWS for one of its resources, or certain roles of another account. The
// account is named as principal, because a policy that names a role which is not there yet is refused.
struct ServiceTrust {
  Required<std::string> service;
  Required<std::string> source_arn;
};
struct RoleTrust {
  Required<std::string> account_root;
  Required<std::vector<std::string>> roles;
};
// For services that name no resource when they take on a role.
struct AccountTrust {
  Required<std::string> service;
  Required<std::string> account;
};

struct Role {
  Required<std::string> name;
  Required<std::variant<ServiceTrust, RoleTrust, AccountTrust>> trust;
  std::vector<Statement> statements;
  // A list, or a reference to one.
  Node managed_policies;
  Node boundary;
};

struct ManagedPolicy {
  Required<std::string> name;
  Required<std::string> description;
  Required<std::vector<Statement>> statements;
  std::vector<std::string> roles;
};

// What a project checks out when it is not started by a pipeline.
struct OwnSource {
  // `GITHUB` or `CODECOMMIT`.
  Required<std::string> type;
  Required<std::string> location;
  // The connection to GitHub.
  Node connection;
};

struct Project {
  Required<std::string> name;
  Required<std::string> description;
  // The id of a role of the template.
  Required<std::string> role;
  Required<Node> buildspec;
  Required<std::string> image;
  Required<std::string> compute;
  Required<bool> privileged;
  Required<int64_t> timeout_minutes;
  Required<std::string> log_group;
  Required<std::string> log_stream;
  Variables variables;
  // Without one a pipeline hands the source over.
  std::optional<OwnSource> source;
  // BUCKET/PREFIX of its cache; empty for none.
  std::string cache;
};

// The kinds of actions, each with exactly the keys of its `Configuration`.
struct ConnectionSource {
  Required<Node> connection;
  Required<std::string> repository;
  Required<std::string> branch;
};
struct CodeCommitSource {
  Required<std::string> repository;
  Required<std::string> branch;
};
struct Build {
  // The id of a project of the template.
  Required<std::string> project;
  Required<bool> test;
  Variables variables;
};
struct Invoke {
  Required<std::string> function;
  Required<std::string> parameters;
};
struct CreateChangeSet {
  Required<std::string> stack;
  Required<std::string> change_set;
  // `ARTIFACT::FILE`
  Required<std::string> template_path;
  Required<std::string> role;
  // As a JSON object; empty for none.
  std::string parameters;
};
struct ExecuteChangeSet {
  Required<std::string> stack;
  Required<std::string> change_set;
};
struct Approval {
  Required<Node> topic;
  Required<std::string> text;
  Required<int64_t> timeout_minutes;
  // Empty for none.
  std::string link;
};
using ActionWork = std::variant<ConnectionSource, CodeCommitSource, Build, Invoke, CreateChangeSet,
                                ExecuteChangeSet, Approval>;

struct Action {
  Required<std::string> name;
  Required<size_t> run_order;
  Required<ActionWork> work;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  // The namespace of its variables.
  std::string variables;
  // For actions outside of the pipeline's own region and account.
  std::string region;
  std::string role;
};

// Compares a variable before a stage is entered.
struct EntryCondition {
  enum class Result { fail, skip };
  Required<Result> result;
  Required<std::string> rule;
  Required<std::string> variable;
  // `EQ` or `MATCHES`.
  Required<std::string> comparison;
  Required<std::string> value;
};

struct Stage {
  Required<std::string> name;
  std::vector<Action> actions;
  std::optional<EntryCondition> condition;
};

struct Trigger {
  std::vector<std::string> branches;
  std::vector<std::string> tags;
  std::vector<std::string> pull_requests;
  std::vector<std::string> paths;

  bool empty() const { return branches.empty() && tags.empty() && pull_requests.empty(); }
};

struct ArtifactStore {
  Required<std::string> region;
  Required<std::string> bucket;
  Required<Node> key;
};

enum class Mode { superseded, queued, parallel };

struct Pipeline {
  Required<std::string> name;
  // The id of a role of the template.
  Required<std::string> role;
  Required<Mode> mode;
  Required<std::vector<ArtifactStore>> stores;
  Required<std::vector<Stage>> stages;
  Trigger trigger;
  // Names and defaults of the variables that an event gives.
  Variables variables;
  // The stage whose entrance is closed until `deploy.sh` opens it; empty for none.
  std::string closed_stage;
};

Node policy_document(const std::vector<Statement>& statements);
Resource resource_of(const Role& role);
Resource resource_of(const ManagedPolicy& policy);
Resource resource_of(const Project& project);
Resource resource_of(const Pipeline& pipeline);
// `[{"name": …, "value": …}]`: how an action gives variables to a build.
std::string environment_json(const Variables& variables);

}  // namespace pipec::backends::codepipeline
