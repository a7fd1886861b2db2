// Settings as text: JSON, in which rulesets have the form of GitHub's REST API.
#pragma once

#include "backends/github/settings.h"

#include <string>
#include <vector>

namespace pipec::backends::github {

// The text of settings.json. Teams that a ruleset does not bind are in `bypass_teams`, by their slugs.
std::string print(const Settings& settings);

// Environments alone, as an array on one line; environment.jq gives those of GitHub the same form.
std::string print_environments(const std::vector<ProtectedEnvironment>& environments);

}  // namespace pipec::backends::github
