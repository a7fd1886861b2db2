#include "backends/github/aws_templates.h"

#include "backends/common/values.h"
#include "backends/github/aws_roles.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// CodeDeploy counts intervals in minutes.
constexpr int64_t seconds_per_minute = 60;

class Templates {
 public:
  explicit Templates(const Context& context) : context_(context), roles_(context) {}

  OutputSet run() {
    for (const ir::Environment* environment : roles_.environments())
      add_environment(*environment);
    add_registry();
    std::sort(files_.begin(), files_.end(),
              [](const OutputFile& a, const OutputFile& b) { return a.path < b.path; });
    return std::move(files_);
  }

 private:
  void add_environment(const ir::Environment& environment) {
    Template document(
        fmt::format("Roles of the pipeline {} in {}", context_.pipeline().name, environment.name));
    document.add_identity_provider(is_first_of(environment.account));
    roles_.add_to(document, &environment);
    add_file(environment.name, document);
    for (const std::string& region : environment.regions)
      add_region(environment, region);
  }

  // CodeDeploy has its resources in each region.
  void add_region(const ir::Environment& environment, const std::string& region) {
    std::vector<RoleUse> uses;
    for (const RoleUse& use : roles_.deployments(environment)) {
      const std::vector<std::string> regions = regions_of(use);
      const bool here = std::find(regions.begin(), regions.end(), region) != regions.end();
      if (here && uses_code_deploy(*use.element)) uses.push_back(use);
    }
    if (uses.empty()) return;
    Template document(fmt::format("CodeDeploy of the pipeline {} in {}, {}", context_.pipeline().name,
                                  environment.name, region));
    document.add_application(context_.code_deploy_application(environment));
    for (const RoleUse& use : uses)
      add_config(document, use);
    std::set<std::string> known;
    for (const RoleUse& use : uses) {
      const std::string group =
          context_.code_deploy_group(environment, *use.element->work.at("github").block);
      if (known.insert(group).second) document.add(group_of(group, use, uses, region));
    }
    add_file(fmt::format("{}.{}", environment.name, region), document);
  }

  void add_config(Template& document, const RoleUse& use) const {
    const ir::Value& strategy = *use.element->strategy;
    const bool canary = strategy.constructor() == "canary";
    if (!canary && strategy.constructor() != "linear") return;
    document.add(DeploymentConfig{
        .name = context_.code_deploy_configuration(*use.environment, strategy),
        .canary = canary,
        .percentage = *strategy.find(canary ? "share" : "step")->as<int64_t>(),
        .interval_minutes =
            strategy.find(canary ? "bake" : "every")->as<Duration>()->seconds / seconds_per_minute});
  }

  // The group of a service, by the first route that deploys it; alarms count of all of them.
  DeploymentGroup group_of(const std::string& name, const RoleUse& first, const std::vector<RoleUse>& uses,
                           const std::string& region) const {
    const ir::Block& block = *first.element->work.at("github").block;
    const auto listener = [&](std::string_view kind) {
      const ir::Value* by_region = ir::find(block.fields, kind);
      const ir::Value* found = by_region == nullptr ? nullptr : by_region->find(region);
      return found == nullptr ? std::string() : std::string(found->text());
    };
    DeploymentGroup group{
        .name = name,
        .role = context_.role_name(RoleKind::code_deploy, first.environment),
        .config = context_.code_deploy_configuration(*first.environment, *first.element->strategy),
        .cluster = field_text(block, "cluster"),
        .service = field_text(block, "service"),
        .target_groups = ir::find(block.fields, "target_groups")->texts(),
        .listener = listener("listeners"),
        .test_listener = listener("test_listeners"),
        .rolls_back = !first.element->rollback || first.element->rollback->constructor() != "none"};
    for (const RoleUse& use : uses) {
      if (context_.code_deploy_group(*use.environment, *use.element->work.at("github").block) != name)
        continue;
      for (const std::string& alarm : alarms_of(*use.element)) {
        if (std::find(group.alarms.begin(), group.alarms.end(), alarm) == group.alarms.end())
          group.alarms.push_back(alarm);
      }
    }
    return group;
  }

  void add_registry() {
    const std::vector<Repository> repositories = roles_.repositories();
    if (repositories.empty()) return;
    Template document(fmt::format("Images of the pipeline {}", context_.pipeline().name));
    document.add_identity_provider(is_first_of(context_.setting("account")));
    roles_.add_to(document, nullptr);
    for (const Repository& repository : repositories)
      document.add(repository);
    add_file("registry/roles", document);
  }

  bool is_first_of(const std::string& account) { return accounts_.insert(account).second; }

  void add_file(const std::string& name, const Template& document) {
    files_.push_back(
        {fmt::format("{}aws/{}.yaml", context_.folder(), name), document.text(header(context_.pipeline()))});
  }

  const Context& context_;
  Roles roles_;
  // Those that have GitHub as an identity provider by an earlier template.
  std::set<std::string> accounts_;
  OutputSet files_;
};

}  // namespace

OutputSet aws_templates(const Context& context) { return Templates(context).run(); }

}  // namespace pipec::backends::github
