#include "backends/github/context.h"

#include "backends/common/values.h"
#include "compiler/support/check.h"
#include "compiler/support/duration.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// AWS IAM User Guide, "IAM and AWS STS quotas".
constexpr size_t longest_role_name = 64;
// AWS CodeDeploy API Reference: names of applications, groups and configurations.
constexpr size_t longest_code_deploy_name = 100;

std::string_view suffix_of(RoleKind kind) {
  switch (kind) {
    case RoleKind::deploy:
      return "deploy";
    case RoleKind::check:
      return "check";
    case RoleKind::push:
      return "push";
    case RoleKind::pull:
      return "pull";
    case RoleKind::stack:
      return "stack";
    case RoleKind::code_deploy:
      return "codedeploy";
  }
  return {};
}

}  // namespace

std::vector<const ir::Route*> Context::routes() const {
  std::vector<const ir::Route*> wanted;
  for (const ir::Route& route : pipeline_.routes) {
    if (options_.wants(route)) wanted.push_back(&route);
  }
  return wanted;
}

const ir::Route* Context::find(ir::RouteKind kind) const {
  const ir::Route* route = pipeline_.find_route(kind);
  return route != nullptr && options_.wants(*route) ? route : nullptr;
}

std::vector<const ir::Route*> Context::pull_request_routes() const {
  std::vector<const ir::Route*> found;
  for (const ir::Route* route : routes()) {
    if (!route->trigger.pull_requests.empty()) found.push_back(route);
  }
  return found;
}

std::string Context::organization() const { return repository().substr(0, repository().find('/')); }

std::string Context::setting(std::string_view name, std::string_view otherwise) const {
  return text_setting(pipeline_, "github", name, otherwise);
}

std::string Context::runner(std::string_view compute) const {
  // Where the pipeline has no `target github`, there are no defaults of its parameters either.
  constexpr std::string_view hosted = "ubuntu-24.04";
  const bool default_size = compute.empty() || compute == "small";
  return setting(default_size ? "runner" : fmt::format("runner_{}", compute), hosted);
}

std::string Context::workflow_file(std::string_view suffix) const {
  return fmt::format("pipec-{}{}{}.yml", pipeline_.name, suffix.empty() ? "" : "-", suffix);
}

std::string Context::reusable(const ir::Route& route) const {
  return fmt::format("{}/.github/workflows/{}@{}", repository(), workflow_file(route.name), trunk_branch());
}

std::string Context::workflow_identity(const ir::Route& route) const {
  return fmt::format("{}/.github/workflows/{}@refs/heads/{}", repository(), workflow_file(route.name),
                     trunk_branch());
}

std::string Context::folder() const { return fmt::format(".github/pipec/{}/", pipeline_.name); }

std::string Context::gate_name() const { return fmt::format("pipec / gate ({})", pipeline_.name); }

const ir::Environment& Context::environment(const ir::Stage& stage) const {
  PIPEC_CHECK(stage.environment.has_value());
  return pipeline_.environments[*stage.environment];
}

std::string Context::role_name(RoleKind kind, const ir::Environment* environment) const {
  std::string name = "pipec-" + pipeline_.name;
  if (environment != nullptr) name += "-" + environment->name;
  // The suffix stays readable when the name is cut.
  const std::string suffix = fmt::format("-{}", suffix_of(kind));
  return bounded(std::move(name), longest_role_name - suffix.size()) + suffix;
}

std::string Context::role_arn(RoleKind kind, const ir::Environment* environment) const {
  const std::string account = environment == nullptr ? setting("account") : environment->account;
  const std::string region = environment == nullptr || environment->regions.empty()
                                 ? setting("region")
                                 : environment->regions.front();
  return fmt::format("arn:{}:iam::{}:role/{}", partition(region), account, role_name(kind, environment));
}

std::string Context::partition(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

std::string Context::registry() const {
  const std::string region = setting("region");
  return fmt::format("{}.dkr.ecr.{}.amazonaws.com{}", setting("account"), region,
                     region.starts_with("cn-") ? ".cn" : "");
}

std::string Context::concurrency_group(std::string_view of) const {
  return fmt::format("pipec-{}-{}", pipeline_.name, of);
}

std::string Context::code_deploy_application(const ir::Environment& environment) const {
  return bounded(fmt::format("pipec-{}-{}", pipeline_.name, environment.name), longest_code_deploy_name);
}

std::string Context::code_deploy_group(const ir::Environment& environment, const ir::Block& service) const {
  return bounded(fmt::format("pipec-{}-{}-{}-{}", pipeline_.name, environment.name,
                             field_text(service, "cluster"), field_text(service, "service")),
                 longest_code_deploy_name);
}

std::string Context::code_deploy_configuration(const ir::Environment& environment,
                                               const ir::Value& strategy) const {
  const std::string_view kind = strategy.constructor();
  if (kind != "canary" && kind != "linear") return "CodeDeployDefault.ECSAllAtOnce";
  const ir::Value* share = strategy.find(kind == "canary" ? "share" : "step");
  const ir::Value* time = strategy.find(kind == "canary" ? "bake" : "every");
  return bounded(fmt::format("pipec-{}-{}-{}-{}-{}", pipeline_.name, environment.name, kind,
                             *share->as<int64_t>(), to_string(*time->as<Duration>())),
                 longest_code_deploy_name);
}

std::vector<const ir::Environment*> Context::production_environments() const {
  std::vector<bool> production(pipeline_.environments.size());
  for (const ir::Route* route : routes()) {
    for (const ir::Stage& stage : route->stages) {
      if (stage.production && stage.environment) production[*stage.environment] = true;
    }
  }
  std::vector<const ir::Environment*> found;
  for (size_t i = 0; i < production.size(); ++i) {
    if (production[i]) found.push_back(&pipeline_.environments[i]);
  }
  return found;
}

std::string Context::branch_pattern() const { return fmt::format("^{}$", pipeline_.hotfix->expression); }

std::vector<std::string> Context::control_paths() const {
  std::vector<std::string> paths;
  for (const std::string& source : pipeline_.source_paths)
    paths.push_back(":(literal)" + source);
  std::sort(paths.begin(), paths.end());
  // Sources that are imported later, and workflows that nobody generated, count too.
  paths.insert(paths.end(), {":(glob)**/*.pipe", ".github"});
  return paths;
}

std::string bounded(std::string name, size_t limit) {
  constexpr size_t hash_length = 8;
  if (name.size() <= limit) return name;
  const std::string hash = sha256(name).substr(0, hash_length);
  return fmt::format("{}-{}", name.substr(0, limit - hash_length - 1), hash);
}

std::string identifier(std::string name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  for (char& c : name)
    c = allowed(c) ? c : '-';
  return name;
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string words(const std::vector<std::string>& items) { return join(items, " "); }

std::string field_text(const ir::Block& block, std::string_view name) {
  const ir::Value* value = ir::find(block.fields, name);
  return value == nullptr ? "" : environment_text(*value);
}

bool acts(const ir::Element& element) {
  if (element.kind == ir::ElementKind::approval) return false;
  const ir::Work& work = element.work.at("github");
  return element.kind == ir::ElementKind::deploy || (work.block && work.block->name != "window");
}

bool needs_claim(const ir::Stage& stage, const ir::Element& element) {
  return acts(element) || (stage.production && stage.environment && element.may_change());
}

}  // namespace pipec::backends::github
