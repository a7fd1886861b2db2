// The projects of a route: what CodeBuild runs for its actions.
#include "backends/codepipeline/embedded.h"
#include "backends/codepipeline/route_lowering.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {

BuildPlan guard_build(const Facts& facts, const ir::Route& route) {
  using Texts = std::vector<std::string>;
  const Names& names = facts.names();
  BuildPlan build;
  build.buildspec_key = "Guard";
  build.buildspec = {
      .script = script_body(embedded::guard_sh),
      .exported = {"COMMIT", "LIVE", "GENERATION", "BRANCH", "INCIDENT", "DEPLOY", "AUTHORS", "COMMITTED"},
      .git_credentials = true};
  const std::string emitted = fmt::format(":(glob)**/codepipeline/{}/**", facts.pipeline().name);
  build.variables = {
      {"ROUTE", route.kind == ir::RouteKind::hotfix ? "hotfix" : route.name},
      {"PIPELINE", names.pipeline(route)},
      {"TRUNK", facts.pipeline().sources.front().branch},
      {"LEDGER", names.ledger()},
      {"BRANCHES", route.kind == ir::RouteKind::hotfix ? facts.branch_expression() : "-"},
      {"BRANCH_FROM", facts.uses_connection() ? "source" : "variables"},
      {"PROTECTED", ":(glob)**/*.pipe\n" + emitted + "\n:(glob)**/codepipeline/manifest.json"}};
  const std::string table = names.ledger_arn();
  build.statements = {{.sid = "ReadLedger",
                       .actions = Texts{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"},
                       .resources = std::vector<Node>{table}},
                      {.sid = "RecordMergedHotfixes",
                       .actions = Texts{"dynamodb:UpdateItem"},
                       .resources = std::vector<Node>{table},
                       .condition = map({{"ForAllValues:StringEquals",
                                          map({{"dynamodb:Attributes", texts({"pk", "sk", "merged"})}})}})}};
  Texts actions{"codepipeline:GetPipelineExecution"};
  if (route.kind == ir::RouteKind::hotfix && facts.uses_connection())
    actions.emplace_back("codepipeline:ListActionExecutions");
  build.statements.push_back(
      {.sid = "ReadRun",
       .actions = std::move(actions),
       .resources = std::vector<Node>{names.arn("codepipeline", names.pipeline(route))}});
  // It waits up to half an hour for another run.
  build.limit = Duration::minutes(40);
  build.compute = "small";
  return build;
}

std::string add_project(const Facts& facts, const ir::Route& route, const ProjectPlan& plan,
                        const BuildPlan& build, Template& document) {
  const Names& names = facts.names();
  const std::string name = names.project(route, plan.what);
  const std::string role = add_build_role(facts, route, name, build, plan.source_policy, document);
  const std::string compute = build.compute == "large"    ? "LARGE"
                              : build.compute == "medium" ? "MEDIUM"
                                                          : "SMALL";
  // CodeBuild's limits are 5 to 2160 minutes; the time to fetch the source and the tools comes on top.
  const int64_t minutes = std::clamp<int64_t>(build.limit.seconds / 60 + 6, 5, 2160);
  return document.add(
      logical_id({route.name, plan.what}),
      resource_of(Project{.name = name,
                          .description = plan.title,
                          .role = role,
                          .buildspec = document.buildspec(build.buildspec_key, text_of(build.buildspec)),
                          .image = facts.setting("image"),
                          .compute = "BUILD_GENERAL1_" + compute,
                          .privileged = build.privileged,
                          .timeout_minutes = minutes,
                          .log_group = names.log_group(route),
                          .log_stream = plan.log_stream,
                          .variables = build.variables,
                          .source = plan.source,
                          .cache = build.buildspec.cache && !plan.source
                                       ? names.bucket(route.name, names.region()) + "/" + cache_prefix(name)
                                       : ""}));
}

std::string always_project(const ir::Stage& stage) { return stage.name + "-_always"; }

}  // namespace pipec::backends::codepipeline
