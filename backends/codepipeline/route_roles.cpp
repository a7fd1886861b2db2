// The roles of a route: one for its pipeline, one for each project, each with what it uses and nothing else.
#include "backends/codepipeline/route_lowering.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;
using Nodes = std::vector<Node>;

std::string bucket_arn(const Facts& facts, const ir::Route& route, const std::string& region) {
  return fmt::format("arn:{}:s3:::{}", partition_of(region), facts.names().bucket(route.name, region));
}

// Reading the repository, and no other one. The service knows the action under two names, with keys of their
// own.
Statement repository_statement(const Facts& facts, bool read_only) {
  const ir::Source& source = facts.pipeline().sources.front();
  if (!facts.uses_connection()) {
    Texts actions{"codecommit:GitPull"};
    if (!read_only) {
      actions = {"codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository",
                 "codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive"};
    }
    return {.sid = "UseRepository",
            .actions = actions,
            .resources = Nodes{facts.names().arn("codecommit", source.repository)}};
  }
  Node keys = map({{"codeconnections:FullRepositoryId", source.repository},
                   {"codestar-connections:FullRepositoryId", source.repository}});
  if (read_only) {
    keys.set("codeconnections:ProviderPermissionsRequired", "read_only");
    keys.set("codestar-connections:ProviderPermissionsRequired", "read_only");
  }
  return {.sid = "UseRepository",
          .actions = Texts{"codeconnections:UseConnection", "codestar-connections:UseConnection"},
          .resources = Nodes{reference("ConnectionArn")},
          .condition = map({{"StringEqualsIfExists", std::move(keys)}})};
}

Statement log_statement(const Facts& facts, const ir::Route& route) {
  const Names& names = facts.names();
  return {.sid = "WriteLog",
          .actions = Texts{"logs:CreateLogStream", "logs:PutLogEvents"},
          .resources = Nodes{names.arn("logs", "log-group:" + names.log_group(route) + ":*")}};
}

// Of a build that no pipeline hands the source to: CodeBuild User Guide, "Use connections with CodeBuild".
Statement checkout_statement(const Facts& facts) {
  if (!facts.uses_connection()) return repository_statement(facts, true);
  return {.sid = "ReadRepository",
          .actions = Texts{"codeconnections:GetConnection", "codeconnections:GetConnectionToken",
                           "codestar-connections:GetConnection", "codestar-connections:GetConnectionToken"},
          .resources = Nodes{reference("ConnectionArn")}};
}

}  // namespace

std::string cache_prefix(const std::string& project) { return "cache/" + project; }

OwnSource own_source(const Facts& facts) {
  const std::string& repository = facts.pipeline().sources.front().repository;
  if (facts.uses_connection()) {
    return {.type = "GITHUB",
            .location = fmt::format("https://github.com/{}.git", repository),
            .connection = reference("ConnectionArn")};
  }
  const std::string& region = facts.names().region();
  return {.type = "CODECOMMIT",
          .location = fmt::format("https://git-codecommit.{}.{}/v1/repos/{}", region, url_suffix_of(region),
                                  repository)};
}

std::string add_source_policy(const Facts& facts, const ir::Route& route, Template& document) {
  const Names& names = facts.names();
  const std::string region = names.region();
  const std::string id = logical_id({route.name, "source-policy"});
  return document.add(
      id,
      resource_of(ManagedPolicy{
          .name = names.role_of(route, "source"),
          .description = fmt::format("What every build of the route {} does", route.name),
          .statements = std::vector<Statement>{log_statement(facts, route),
                                               {.sid = "ReadArtifacts",
                                                .actions = Texts{"s3:GetObject", "s3:GetObjectVersion"},
                                                .resources = Nodes{bucket_arn(facts, route, region) + "/*"}},
                                               {.sid = "Decrypt",
                                                .actions = Texts{"kms:Decrypt"},
                                                .resources = Nodes{reference(key_parameter(region))}},
                                               repository_statement(facts, true)}}));
}

std::string add_build_role(const Facts& facts, const ir::Route& route, const std::string& project,
                           const BuildPlan& build, const std::string& source_policy, Template& document) {
  const Names& names = facts.names();
  std::vector<Statement> statements;
  if (source_policy.empty()) statements = {log_statement(facts, route), checkout_statement(facts)};
  if (!build.given_files.empty()) {
    statements.push_back({.sid = "WriteArtifacts",
                          .actions = Texts{"s3:PutObject"},
                          .resources = Nodes{bucket_arn(facts, route, names.region()) + "/*"}});
    statements.push_back({.sid = "Encrypt",
                          .actions = Texts{"kms:GenerateDataKey"},
                          .resources = Nodes{reference(key_parameter(names.region()))}});
  }
  // A cache belongs to one project of one route.
  if (build.buildspec.cache && !source_policy.empty()) {
    statements.push_back(
        {.sid = "UseCache",
         .actions = Texts{"s3:GetObject", "s3:PutObject"},
         .resources = Nodes{bucket_arn(facts, route, names.region()) + "/" + cache_prefix(project) + "/*"}});
    if (build.given_files.empty()) {
      statements.push_back({.sid = "Encrypt",
                            .actions = Texts{"kms:GenerateDataKey"},
                            .resources = Nodes{reference(key_parameter(names.region()))}});
    }
  }
  if (!build.buildspec.reports.empty()) {
    statements.push_back(
        {.sid = "WriteReports",
         .actions = Texts{"codebuild:BatchPutCodeCoverages", "codebuild:BatchPutTestCases",
                          "codebuild:CreateReport", "codebuild:CreateReportGroup", "codebuild:UpdateReport"},
         .resources = Nodes{names.arn("codebuild", "report-group/" + project + "-*")}});
  }
  Nodes secrets;
  for (const auto& [variable, name] : build.buildspec.secrets) {
    // Secrets Manager puts six random characters behind the name.
    Node arn = names.arn("secretsmanager", fmt::format("secret:{}-??????", name));
    const auto same = [&](const Node& other) { return other.text() == arn.text(); };
    if (std::none_of(secrets.begin(), secrets.end(), same)) secrets.push_back(std::move(arn));
  }
  if (!secrets.empty()) {
    statements.push_back({.sid = "ReadSecrets",
                          .actions = Texts{"secretsmanager:GetSecretValue"},
                          .resources = std::move(secrets)});
  }
  statements.insert(statements.end(), build.statements.begin(), build.statements.end());
  return document.add(
      logical_id({project.substr(names.base().size()), "role"}),
      resource_of(Role{.name = fit(project, longest_role),
                       .trust = ServiceTrust{.service = "codebuild.amazonaws.com",
                                             .source_arn = names.arn("codebuild", "project/" + project)},
                       .statements = std::move(statements),
                       .managed_policies = source_policy.empty() ? Node() : list({reference(source_policy)}),
                       .boundary = facts.boundary()}));
}

std::string add_pipeline_role(const Facts& facts, const ir::Route& route, const Texts& projects,
                              const Texts& assumed_roles, Template& document) {
  const Names& names = facts.names();
  Nodes buckets;
  Nodes objects;
  Nodes keys;
  for (const std::string& region : facts.artifact_regions(route)) {
    buckets.push_back(bucket_arn(facts, route, region));
    objects.push_back(bucket_arn(facts, route, region) + "/*");
    keys.push_back(reference(key_parameter(region)));
  }
  Nodes builds;
  for (const std::string& project : projects)
    builds.push_back(names.arn("codebuild", "project/" + project));
  std::vector<Statement> statements{repository_statement(facts, false),
                                    {.sid = "LookAtBuckets",
                                     .actions = Texts{"s3:GetBucketLocation", "s3:GetBucketVersioning"},
                                     .resources = std::move(buckets)},
                                    {.sid = "HandOverArtifacts",
                                     .actions = Texts{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
                                     .resources = std::move(objects)},
                                    {.sid = "Encrypt",
                                     .actions = Texts{"kms:Decrypt", "kms:GenerateDataKey"},
                                     .resources = std::move(keys)}};
  if (!builds.empty()) {
    statements.push_back({.sid = "Build",
                          .actions = Texts{"codebuild:BatchGetBuilds", "codebuild:StartBuild"},
                          .resources = std::move(builds)});
  }
  bool approvals = false;
  bool ledger = false;
  for (const ir::Stage& stage : route.stages) {
    ledger = ledger || facts.locked(stage);
    for (const ir::Element& element : stage.elements) {
      approvals = approvals || element.kind == ir::ElementKind::approval;
      ledger = ledger || uses(element, "window");
    }
  }
  if (ledger) {
    statements.push_back({.sid = "AskLedger",
                          .actions = Texts{"lambda:InvokeFunction"},
                          .resources = Nodes{names.arn("lambda", "function:" + names.function("ledger"))}});
  }
  if (approvals) {
    statements.push_back({.sid = "AskApprovers",
                          .actions = Texts{"sns:Publish"},
                          .resources = Nodes{reference("NoticesTopic")}});
  }
  if (!assumed_roles.empty()) {
    statements.push_back({.sid = "DeployStacks",
                          .actions = Texts{"sts:AssumeRole"},
                          .resources = Nodes(assumed_roles.begin(), assumed_roles.end())});
  }
  return document.add(
      logical_id({route.name, "pipeline-role"}),
      resource_of(Role{.name = names.role_of(route, "pipeline"),
                       .trust = ServiceTrust{.service = "codepipeline.amazonaws.com",
                                             .source_arn = names.arn("codepipeline", names.pipeline(route))},
                       .statements = std::move(statements),
                       .boundary = facts.boundary()}));
}

}  // namespace pipec::backends::codepipeline
