// The roles of a pipeline in AWS: who takes each of them, and what it may do. Everything is derived from the
// jobs that take a role and from the building blocks and grants of their elements.
#pragma once

#include "backends/github/aws_model.h"
#include "backends/github/context.h"
#include "backends/github/plan.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pipec::backends::github {

// An element that uses a role of an environment. Routes may change it, so it can be there several times.
struct RoleUse {
  const ir::Environment* environment = nullptr;
  const ir::Element* element = nullptr;
};

// Elements with a deployment by CodeDeploy.
bool uses_code_deploy(const ir::Element& element);
// The regions that a deployment or check reaches, in the order in which it does.
std::vector<std::string> regions_of(const RoleUse& use);
std::vector<std::string> alarms_of(const ir::Element& element);

class Roles {
 public:
  explicit Roles(const Context& context);

  // Environments in which some job takes a role, in the order of the file.
  const std::vector<const ir::Environment*>& environments() const { return environments_; }
  // What deploys to the environment.
  std::vector<RoleUse> deployments(const ir::Environment& environment) const;
  // Repositories of images, and the accounts that run them.
  std::vector<Repository> repositories() const;

  // Adds the roles of an environment with the parameters that they need, or those of the registry for null.
  void add_to(Template& document, const ir::Environment* environment) const;

 private:
  // All jobs that take the role.
  struct Takers {
    std::vector<std::string> environments;
    std::vector<std::string> workflows;
    std::vector<RoleUse> uses;
  };
  using Key = std::pair<RoleKind, const ir::Environment*>;

  void add_job(const RoutePlan& plan, const PlannedJob& job);
  const Takers* find(RoleKind kind, const ir::Environment* environment) const;
  Role workflow_role(RoleKind kind, const ir::Environment* environment, const Takers& takers,
                     std::vector<Statement> statements) const;
  std::vector<Statement> registry_statements(RoleKind kind) const;

  const Context& context_;
  std::vector<const ir::Environment*> environments_;
  // In an order of their own: pointers have none that stays.
  std::vector<std::pair<Key, Takers>> takers_;
  // The artifacts that images come from.
  std::vector<const ir::Artifact*> images_;
};

}  // namespace pipec::backends::github
