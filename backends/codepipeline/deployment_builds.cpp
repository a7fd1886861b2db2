// Deployments by building blocks that run in a build of pipec's own. Their buildspecs hold no names: all
// deployments of a kind share one.
#include "backends/codepipeline/builds.h"
#include "backends/codepipeline/deployments.h"
#include "backends/codepipeline/embedded.h"
#include "backends/common/values.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {

std::string deployment_configuration(const Facts& facts, const ir::Stage& stage, const ir::Element& element) {
  const ir::Value& strategy = *element.strategy;
  const auto minutes = [&](std::string_view name) {
    return strategy.find(name)->as<Duration>()->seconds / 60;
  };
  const auto percent = [&](std::string_view name) { return *strategy.find(name)->as<int64_t>(); };
  const std::string name = facts.names().deployment(stage, element);
  if (strategy.constructor() == "canary")
    return fmt::format("{}-canary-{}-{}", name, percent("share"), minutes("bake"));
  if (strategy.constructor() == "linear")
    return fmt::format("{}-linear-{}-{}", name, percent("step"), minutes("every"));
  return "CodeDeployDefault.ECSAllAtOnce";
}

BuildPlan plan_deployment(const Facts& facts, const RoutePlan& plan, const PlannedUnit& unit) {
  const ir::Element& element = unit.first();
  const ir::Stage& stage = *unit.stage;
  const bool code_deploy = text_field(element, "controller") == "code_deploy";
  const bool locked = facts.locked(stage);
  BuildPlan build;
  build.buildspec_key = logical_id({locked ? "locked" : "", code_deploy ? "code-deploy" : "ecs", "service"});
  std::string script =
      fmt::format("# block {}\nset -euo pipefail\nmkdir -p /tmp/pipec\n", work_of(element).block->name);
  script += script_body(embedded::role_sh) + script_body(embedded::watch_sh);
  // As the build itself, before it takes on the role of the environment.
  if (locked) script += script_body(embedded::lock_sh) + std::string(lock_check);
  script += "role /tmp/pipec/aws \"$pipec_role\" \"$pipec_region\"\n";
  script += "export AWS_CONFIG_FILE=/tmp/pipec/aws AWS_REGION=\"$pipec_region\"\n";
  script += "IMAGE=$pipec_repository@$pipec_digest BAKE=$pipec_bake\n";
  build.buildspec.script =
      script + script_body(code_deploy ? embedded::code_deploy_sh : embedded::ecs_service_sh);

  const size_t index = field(element, "image")->as<ir::ArtifactReference>()->artifact;
  const ir::Artifact& image = facts.pipeline().artifacts[index];
  const std::string role = facts.names().element_role(stage, element);
  const std::vector<std::string> alarms = alarms_of(element);
  build.variables = {
      {"pipec_role", facts.names().role_arn(facts.environment_of(stage)->account, role)},
      {"pipec_repository", repository_of(facts, image)},
      {"CLUSTER", text_field(element, "cluster")},
      {"SERVICE", text_field(element, "service")},
      {"CONTAINER", text_field(element, "container")},
      {"LIMIT", std::to_string(element.timeout.seconds)},
      {"ROLLBACK", has_rollback(element) ? std::string(element.rollback->constructor()) : "none"},
      {"ALARMS", join(alarms, "\n")}};
  if (code_deploy) {
    const std::string name = facts.names().deployment(stage, element);
    build.variables.insert(build.variables.end(),
                           {{"PORT", text_field(element, "port")},
                            {"TASK_DEFINITION", text_field(element, "task_definition")},
                            {"APPLICATION", name},
                            {"DEPLOYMENT_GROUP", name},
                            {"CONFIGURATION", deployment_configuration(facts, stage, element)}});
  }
  const PlannedUnit* maker = plan.maker(index);
  build.run_variables.emplace_back("pipec_digest", maker == nullptr
                                                       ? image.image.substr(image.image.find('@') + 1)
                                                       : digest_reference(*maker, image));
  build.statements.push_back(assume_statement(facts, stage, element));
  if (locked) add_lock_check(facts, stage, build);
  // The deployment, the bake time and the way back.
  build.limit = element.timeout * 2 + element.wave_bake;
  build.compute = "small";
  return build;
}

Variables region_variables(const ir::Element& element, const std::string& region, bool last_wave) {
  return {{"pipec_region", region},
          {"pipec_bake", std::to_string(last_wave ? 0 : element.wave_bake.seconds)}};
}

}  // namespace pipec::backends::codepipeline
