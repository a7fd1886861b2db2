// CloudFormation templates as values: what pipec makes of IAM, CodeDeploy and ECR, and nothing that could be
// written wrongly. The names are those of the services.
#pragma once

#include "backends/common/yaml.h"
#include "backends/github/model.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::backends::github {

// What a role may do. Everything is allowed by name: no statement has a pattern of actions.
struct Statement {
  Required<std::string> sid;
  Required<std::vector<std::string>> actions;
  // ARNs. A list that is a parameter stands alone.
  std::vector<std::string> resources;
  std::string resources_parameter;
  // What must be equal: the key and its values.
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions;
};

// Jobs of this repository, by the environments that they name and the workflows that hold them.
struct WorkflowTrust {
  Required<std::vector<std::string>> environments;
  // `acme/shop/.github/workflows/pipec-shop-trunk.yml@refs/heads/main`
  Required<std::vector<std::string>> workflows;
};

// A service of AWS, for resources of the same account.
struct ServiceTrust {
  Required<std::string> service;
};

struct Role {
  Required<std::string> name;
  Required<std::string> description;
  Required<std::variant<WorkflowTrust, ServiceTrust>> trust;
  Required<std::vector<Statement>> statements;
  // A parameter with managed policies in addition; empty for none.
  std::string policies_parameter;
};

// A share of the traffic, or one share after the other.
struct DeploymentConfig {
  Required<std::string> name;
  Required<bool> canary;
  Required<int64_t> percentage;
  Required<int64_t> interval_minutes;
};

// A service of Amazon ECS between two target groups.
struct DeploymentGroup {
  Required<std::string> name;
  // A role of the same account.
  Required<std::string> role;
  Required<std::string> config;
  Required<std::string> cluster;
  Required<std::string> service;
  Required<std::vector<std::string>> target_groups;
  Required<std::string> listener;
  // Empty for none.
  std::string test_listener;
  Required<bool> rolls_back;
  std::vector<std::string> alarms;
};

struct Repository {
  Required<std::string> name;
  // Accounts that fetch images.
  std::vector<std::string> readers;
};

class Template {
 public:
  explicit Template(std::string description) : description_(std::move(description)) {}

  // GitHub as an identity provider, and the parameters that trust in it needs. An account has one of it at
  // most.
  void add_identity_provider(bool create);
  // A parameter that has to be given.
  void add_list_parameter(std::string_view name, std::string_view description);
  void add(std::string_view id, const Role& role);
  void add_application(const std::string& name);
  void add(const DeploymentConfig& config);
  // After its application and its configuration.
  void add(const DeploymentGroup& group);
  void add(const Repository& repository);

  bool empty() const { return resources_.empty(); }
  std::string text(std::string_view header) const;

 private:
  // An id of letters and digits that no other resource has.
  std::string unique_id(std::string_view kind, std::string_view name) const;

  std::string description_;
  yaml::Node parameters_ = yaml::Node::mapping();
  yaml::Node conditions_ = yaml::Node::mapping();
  yaml::Node resources_ = yaml::Node::mapping();
  std::vector<std::pair<std::string, std::string>> config_ids_;
  std::string application_id_;
};

}  // namespace pipec::backends::github
