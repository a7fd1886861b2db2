// What roles of a pipeline may do in AWS, as statements of policies.
#pragma once

#include "backends/github/aws_roles.h"

#include <string>
#include <vector>

namespace pipec::backends::github {

// Parameters of templates, which only the people of the account know.
inline constexpr std::string_view task_roles_parameter = "TaskRoleArns";
inline constexpr std::string_view stack_policies_parameter = "StackPolicyArns";

// Of a job that deploys or checks: its grants, and what the scripts of its building blocks call.
std::vector<Statement> workflow_statements(const Context& context, const std::vector<RoleUse>& uses);

// What CodeDeploy does to the services and listeners of an environment.
std::vector<Statement> code_deploy_statements(const std::vector<RoleUse>& uses);

// Storing images in these repositories, or only fetching them.
std::vector<Statement> image_statements(const Context& context, const std::vector<std::string>& repositories,
                                        bool stores);

}  // namespace pipec::backends::github
