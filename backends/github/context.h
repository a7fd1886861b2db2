// Names and facts of one pipeline on GitHub that several parts of the backend need. Everything that is named
// in more than one emitted file is named here.
#pragma once

#include "backends/backend.h"
#include "compiler/ir/ir.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::github {

// What a role in AWS is for.
enum class RoleKind : unsigned char {
  // Changes an environment.
  deploy,
  // Looks at an environment, with what `access` grants.
  check,
  // Stores images, or only fetches them.
  push,
  pull,
  // What CloudFormation may do for a change set, and CodeDeploy for a deployment.
  stack,
  code_deploy,
};

class Context {
 public:
  Context(const ir::Pipeline& pipeline, const EmitOptions& options)
      : pipeline_(pipeline), options_(options) {}

  const ir::Pipeline& pipeline() const { return pipeline_; }
  // The routes that are emitted.
  std::vector<const ir::Route*> routes() const;
  const ir::Route* find(ir::RouteKind kind) const;
  // Those that start on pull requests; all others start on their own.
  std::vector<const ir::Route*> pull_request_routes() const;

  // `acme/checkout-service`
  const std::string& repository() const { return pipeline_.sources.front().repository; }
  std::string organization() const;
  const std::string& trunk_branch() const { return pipeline_.sources.front().branch; }
  std::string setting(std::string_view name, std::string_view otherwise = {}) const;
  std::string runner(std::string_view compute) const;

  // The base name of a workflow file: `pipec-checkout-service-trunk.yml`, and of the one that starts the
  // pipeline with an empty suffix.
  std::string workflow_file(std::string_view suffix) const;
  // The reusable workflow of a route, as the protected branch has it.
  std::string reusable(const ir::Route& route) const;
  // The same in the identity that GitHub gives to its jobs, `job_workflow_ref`: with `@refs/heads/main`.
  std::string workflow_identity(const ir::Route& route) const;
  // The folder of everything that is not a workflow: `.github/pipec/checkout-service/`.
  std::string folder() const;
  // The check that pull requests must pass.
  std::string gate_name() const;

  const ir::Environment& environment(const ir::Stage& stage) const;
  // Names of GitHub environments that pipec adds. Several are there so that a job has an identity of its own.
  static std::string checks_environment(const ir::Environment& environment) {
    return environment.name + "-checks";
  }
  static std::string approval_environment(const ir::Environment& environment) {
    return environment.name + "-approval";
  }
  static std::string override_environment(const ir::Environment& environment) {
    return environment.name + "-override";
  }
  // The label of issues that pipec opens.
  static constexpr std::string_view report_label = "pipec";
  static constexpr std::string_view push_environment = "registry-push";
  static constexpr std::string_view pull_environment = "registry-pull";

  // The concurrency group of one of the pipeline's environments or duties, or the beginning of those of its
  // checks, which end with a number.
  std::string concurrency_group(std::string_view of) const;

  // `environment` is null for the roles of the registry. At most 64 characters.
  std::string role_name(RoleKind kind, const ir::Environment* environment) const;
  std::string role_arn(RoleKind kind, const ir::Environment* environment) const;
  // `aws`, or that of China or GovCloud.
  static std::string partition(std::string_view region);
  // The host of the container registry.
  std::string registry() const;

  // CodeDeploy: the names of an environment's application, of a service's group, and of a way to shift
  // traffic.
  std::string code_deploy_application(const ir::Environment& environment) const;
  std::string code_deploy_group(const ir::Environment& environment, const ir::Block& service) const;
  std::string code_deploy_configuration(const ir::Environment& environment, const ir::Value& strategy) const;

  // Environments of production stages, in the order of the file.
  std::vector<const ir::Environment*> production_environments() const;
  // The regular expression of hotfix branches, whose first group is the incident, if they carry one.
  std::string branch_pattern() const;
  // What of the repository controls the pipeline, as git takes paths.
  std::vector<std::string> control_paths() const;

 private:
  const ir::Pipeline& pipeline_;
  const EmitOptions& options_;
};

// A name that is longer than a platform allows is cut, and told from others by a part of its hash.
std::string bounded(std::string name, size_t limit);

// Ids of jobs, steps and outputs allow letters, digits, `_` and `-`: anything else becomes `-`.
std::string identifier(std::string name);

// A text in an expression: `'it''s'`.
std::string quoted(std::string_view text);

// `eu-west-1 us-east-1`
std::string words(const std::vector<std::string>& items);

// The text of a field of a building block; empty when it is not set.
std::string field_text(const ir::Block& block, std::string_view name);

// Whether the job of the element acts on its environment: it deploys, or uses a building block other than a
// window.
bool acts(const ir::Element& element);
// Whether it needs the claim of production before it: it acts, or may change production otherwise.
bool needs_claim(const ir::Stage& stage, const ir::Element& element);

}  // namespace pipec::backends::github
