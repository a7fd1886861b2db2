// The files that accompany the templates: the plan that `deploy.sh` follows, and what people read.
#pragma once

#include "backends/codepipeline/facts.h"
#include "backends/codepipeline/template.h"

#include <string>
#include <vector>

namespace pipec::backends::codepipeline {

// Where the value of a parameter comes from.
struct ParameterSource {
  std::string name;
  // `output` of STACK:KEY, `task_roles` of an environment, `value`, or `given` by a person.
  std::string kind;
  std::string value;
};

// A template in the order in which it is deployed.
struct Stack {
  // How the plan refers to it: `support-eu-west-1`.
  std::string id;
  std::string name;
  std::string path;
  std::string account;
  std::string region;
  std::vector<ParameterSource> parameters;
  Template document;
};

std::vector<Stack> stacks_of(const Facts& facts);

std::string deployment_json(const Facts& facts, const std::vector<Stack>& stacks);
// What people must give, with placeholders.
std::string parameters_example(const std::vector<Stack>& stacks);
// For roles that push code: denies what would go round the gates.
std::string deny_policy(const Facts& facts);
std::string guide(const Facts& facts, const std::vector<Stack>& stacks);

}  // namespace pipec::backends::codepipeline
