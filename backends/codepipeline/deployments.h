// What deployments need in the account of their environment.
#pragma once

#include "backends/codepipeline/facts.h"

#include <string>

namespace pipec::backends::codepipeline {

// How AWS CodeDeploy shifts the traffic: the name of a configuration, its own or one of CodeDeploy's.
std::string deployment_configuration(const Facts& facts, const ir::Stage& stage, const ir::Element& element);

}  // namespace pipec::backends::codepipeline
