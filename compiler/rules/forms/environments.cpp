// Forms about environments, and about what reaches them.
#include "compiler/rules/forms/check.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules::forms {
namespace {

using sema::Environment;
using sema::Stage;

// The accounts of the pipeline itself, with the target that has it.
std::map<std::string, std::string> toolchains(const Check& check) {
  std::map<std::string, std::string> accounts;
  for (const sema::Target* target : sema::targets_of(check.context().model, check.pipeline())) {
    const auto settings = check.pipeline().settings.find(target->name);
    if (settings == check.pipeline().settings.end()) continue;
    for (const auto& [name, value] : settings->second) {
      if (name == "account" && !value.is_error()) accounts.emplace(value.text(), target->name);
    }
  }
  return accounts;
}

std::set<std::string> regions_of(const std::vector<const Stage*>& stages) {
  std::set<std::string> regions;
  for (const Stage* stage : stages) {
    if (stage->environment != nullptr)
      regions.insert(stage->environment->regions.begin(), stage->environment->regions.end());
  }
  return regions;
}

}  // namespace

void differ(Check& check) {
  struct Owner {
    const Stage* stage;
    const Environment* environment;
  };
  std::map<std::string, Owner> owners;
  const auto toolchain = check.flag("toolchain") ? toolchains(check) : std::map<std::string, std::string>{};
  std::set<const Environment*> in_toolchain;
  std::set<std::pair<const Environment*, const sema::Role*>> seen;
  for (const Stage* stage : check.stages()) {
    const Environment* environment = stage->environment;
    if (environment == nullptr || environment->account.empty() ||
        !seen.emplace(environment, stage->role).second)
      continue;
    const auto own = toolchain.find(environment->account);
    const auto [owner, first] = owners.emplace(environment->account, Owner{stage, environment});
    const bool apart = first || owner->second.stage->role == stage->role;
    if (own != toolchain.end() && in_toolchain.insert(environment).second) {
      check.breaks(environment->head, fmt::format("environment `{}` is in the account of the pipeline itself",
                                                  environment->name));
    } else if (!apart && owner->second.environment == environment) {
      check
          .breaks(stage->head, fmt::format("the stages `{}` and `{}` go to the one environment `{}`",
                                           owner->second.stage->name, stage->name, environment->name))
          .labels.push_back({owner->second.stage->head, "the same environment"});
    } else if (!apart) {
      check
          .breaks(environment->head, fmt::format("environment `{}` shares its account with `{}`",
                                                 environment->name, owner->second.environment->name))
          .labels.push_back({owner->second.environment->head, "the same account"});
    } else {
      check.shows(environment->head, fmt::format("environment `{}` has the account {}", environment->name,
                                                 environment->account));
    }
  }
}

void equal(Check& check) {
  const auto stages = stages_of(check.pipeline(), &check.role("role"));
  const std::set<std::string> wanted = regions_of(stages_of(check.pipeline(), &check.role("as")));
  const std::set<std::string> found = regions_of(stages);
  if (wanted.empty() || found.empty()) return;
  const auto with_environment = std::find_if(
      stages.begin(), stages.end(), [](const Stage* stage) { return stage->environment != nullptr; });
  const Environment& environment = *(*with_environment)->environment;
  const auto listed = [](const std::set<std::string>& regions) {
    return quoted_list(std::vector<std::string>(regions.begin(), regions.end()));
  };
  if (found == wanted) {
    check.shows(environment.head, fmt::format("environment `{}` has the regions of `{}`", environment.name,
                                              check.role("as").name));
  } else {
    check.breaks(environment.head, fmt::format("environment `{}` has {}, `{}` has {}", environment.name,
                                               listed(found), check.role("as").name, listed(wanted)));
  }
}

void withholds(Check& check) {
  const std::vector<std::string> variables = check.words("variables");
  std::set<const Stage*> stages;
  for (const Placed& placed : check.elements()) {
    for (const std::string_view property : {"env", "secrets"}) {
      const sema::Value* values = placed.element.property(property);
      if (values == nullptr) continue;
      for (const auto& [name, value] : values->entries()) {
        if (std::find(variables.begin(), variables.end(), name) == variables.end()) continue;
        check.breaks(place_of(placed.element, property),
                     fmt::format("`{}` sets `{}`", placed.element.id, name));
      }
    }
    if (stages.insert(&placed.stage).second)
      check.shows(
          placed.stage.head,
          fmt::format("the stage `{}` reaches its account by a role that it assumes", placed.stage.name));
  }
}

}  // namespace pipec::rules::forms
