// What the pipeline needs in AWS accounts, as CloudFormation templates that an administrator of each account
// deploys: `aws/prod.yaml` with the roles of an environment, `aws/prod.eu-west-1.yaml` with what CodeDeploy
// has in a region, and `aws/registry/roles.yaml` with the roles and repositories of images.
#pragma once

#include "backends/backend.h"
#include "backends/github/context.h"

namespace pipec::backends::github {

// Below Context::folder(). Needs a pipeline that `check` accepted; empty when no job takes a role.
OutputSet aws_templates(const Context& context);

}  // namespace pipec::backends::github
