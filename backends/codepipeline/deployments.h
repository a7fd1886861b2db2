// What the deployments of an environment need in its account.
#pragma once

#include "backends/codepipeline/facts.h"
#include "backends/codepipeline/template.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::codepipeline {

// An element of the environment, as a route has it.
struct Appearance {
  const ir::Route* route;
  const ir::Stage* stage;
  const ir::Element* element;
  // Of the project that runs it.
  std::string build_role;
};

// What runs in an environment, seen from one of its regions.
struct Workload {
  const Facts& facts;
  const ir::Environment& environment;
  const std::string& region;
  // By id, in every route that has the element.
  std::map<std::string, std::vector<Appearance>> elements = {};

  // Roles, which know no regions, stand with the first one.
  bool in_first_region() const { return region == environment.regions.front(); }
  // In the account of the environment.
  std::string arn(std::string_view service, std::string_view region, const std::string& resource) const;
  // In each region of the environment.
  std::vector<Node> arns(std::string_view service, const std::string& resource) const;
};

// AWS CodeDeploy shifts the traffic of the service.
bool is_code_deploy(const ir::Element& element);
// How it does: the name of a configuration, its own or one of CodeDeploy's.
std::string deployment_configuration(const Facts& facts, const ir::Stage& stage, const ir::Element& element);

// The role of AWS CodeDeploy: what it does to the services and listeners of the environment.
void add_code_deploy_role(const Workload& workload, Template& document);
// Application, group and configurations of a service in the region; nothing when it is not deployed there.
void add_code_deploy_group(const Workload& workload, const std::vector<Appearance>& appearances,
                           Template& document);

}  // namespace pipec::backends::codepipeline
