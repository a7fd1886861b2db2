#include "backends/github/aws_roles.h"

#include "backends/common/values.h"
#include "backends/github/aws_statements.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

using Texts = std::vector<std::string>;

template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

bool uses_block(const ir::Element& element, std::string_view name) {
  const auto work = element.work.find("github");
  return work != element.work.end() && work->second.block && work->second.block->name == name;
}

std::string_view purpose(RoleKind kind) {
  switch (kind) {
    case RoleKind::deploy:
      return "Deploys";
    case RoleKind::check:
      return "Looks at what was deployed";
    case RoleKind::push:
      return "Stores images";
    case RoleKind::pull:
      return "Fetches images";
    case RoleKind::stack:
      return "Changes the resources of stacks";
    case RoleKind::code_deploy:
      return "Shifts traffic";
  }
  return {};
}

std::string_view id_of(RoleKind kind) {
  switch (kind) {
    case RoleKind::deploy:
      return "DeployRole";
    case RoleKind::check:
      return "CheckRole";
    case RoleKind::push:
      return "PushRole";
    case RoleKind::pull:
      return "PullRole";
    case RoleKind::stack:
      return "StackRole";
    case RoleKind::code_deploy:
      return "CodeDeployRole";
  }
  return {};
}

}  // namespace

bool uses_code_deploy(const ir::Element& element) {
  if (!uses_block(element, "ecs_service")) return false;
  return field_text(*element.work.at("github").block, "controller") == "code_deploy";
}

std::vector<std::string> regions_of(const RoleUse& use) {
  if (use.element->waves.empty()) return use.environment->regions;
  Texts regions;
  for (const Texts& wave : use.element->waves) {
    for (const std::string& region : wave)
      add_once(regions, region);
  }
  return regions;
}

std::vector<std::string> alarms_of(const ir::Element& element) {
  if (!element.rollback || element.rollback->constructor() != "on_alarm") return {};
  const ir::Value* alarms = element.rollback->find("alarms");
  return alarms == nullptr ? Texts{} : alarms->texts();
}

Roles::Roles(const Context& context) : context_(context) {
  for (const ir::Route* route : context.routes()) {
    const RoutePlan planned = plan(context, *route);
    for (const PlannedJob& job : planned.jobs)
      add_job(planned, job);
    for (const Placed& placed : elements_of(*route)) {
      for (const size_t a : placed.element->produces) {
        const ir::Artifact& artifact = context.pipeline().artifacts[a];
        if (artifact.type == "container") add_once(images_, &artifact);
      }
    }
  }
  for (const ir::Environment& environment : context.pipeline().environments) {
    const bool used = std::any_of(takers_.begin(), takers_.end(),
                                  [&](const auto& entry) { return entry.first.second == &environment; });
    if (used) environments_.push_back(&environment);
  }
}

void Roles::add_job(const RoutePlan& plan, const PlannedJob& job) {
  for (const RoleKind kind : job.roles) {
    const bool registry = kind == RoleKind::push || kind == RoleKind::pull;
    const ir::Environment* environment = registry ? nullptr : &context_.environment(plan.stage_of(job));
    const Key key{kind, environment};
    auto entry =
        std::find_if(takers_.begin(), takers_.end(), [&](const auto& known) { return known.first == key; });
    if (entry == takers_.end()) entry = takers_.insert(takers_.end(), {key, {}});
    Takers& takers = entry->second;
    add_once(takers.environments, job.environment);
    add_once(takers.workflows, context_.workflow_identity(*plan.route));
    for (const ir::Element* element : job.elements)
      takers.uses.push_back({environment, element});
  }
}

const Roles::Takers* Roles::find(RoleKind kind, const ir::Environment* environment) const {
  const Key key{kind, environment};
  const auto entry =
      std::find_if(takers_.begin(), takers_.end(), [&](const auto& known) { return known.first == key; });
  return entry == takers_.end() ? nullptr : &entry->second;
}

std::vector<RoleUse> Roles::deployments(const ir::Environment& environment) const {
  const Takers* takers = find(RoleKind::deploy, &environment);
  return takers == nullptr ? std::vector<RoleUse>{} : takers->uses;
}

std::vector<Repository> Roles::repositories() const {
  Texts readers;
  for (const ir::Environment* environment : environments_) {
    for (const RoleUse& use : deployments(*environment)) {
      if (uses_block(*use.element, "ecs_service") && environment->account != context_.setting("account")) {
        add_once(readers, environment->account);
      }
    }
  }
  std::sort(readers.begin(), readers.end());
  std::vector<Repository> list;
  for (const ir::Artifact* image : images_) {
    const bool known = std::any_of(list.begin(), list.end(),
                                   [&](const Repository& other) { return *other.name == image->repository; });
    if (!known) list.push_back({.name = image->repository, .readers = readers});
  }
  return list;
}

Role Roles::workflow_role(RoleKind kind, const ir::Environment* environment, const Takers& takers,
                          std::vector<Statement> statements) const {
  return {.name = context_.role_name(kind, environment),
          .description = fmt::format("{} for the pipeline {}", purpose(kind), context_.pipeline().name),
          .trust = WorkflowTrust{.environments = takers.environments, .workflows = takers.workflows},
          .statements = std::move(statements)};
}

std::vector<Statement> Roles::registry_statements(RoleKind kind) const {
  Texts names;
  for (const Repository& repository : repositories())
    names.push_back(*repository.name);
  return image_statements(context_, names, kind == RoleKind::push);
}

void Roles::add_to(Template& document, const ir::Environment* environment) const {
  for (const auto& [key, takers] : takers_) {
    if (key.second != environment) continue;
    std::vector<Statement> statements =
        environment == nullptr ? registry_statements(key.first) : workflow_statements(context_, takers.uses);
    document.add(id_of(key.first), workflow_role(key.first, environment, takers, std::move(statements)));
  }
  if (environment == nullptr) return;
  const std::vector<RoleUse> uses = deployments(*environment);
  const auto any = [&](auto&& condition) {
    return std::any_of(uses.begin(), uses.end(), [&](const RoleUse& use) { return condition(*use.element); });
  };
  if (any([](const ir::Element& e) { return uses_block(e, "ecs_service"); })) {
    document.add_list_parameter(
        task_roles_parameter,
        "ARNs of the roles in the task definitions: those of tasks, and those that start them");
  }
  const auto service_role = [&](RoleKind kind, std::string_view service, std::vector<Statement> statements,
                                std::string_view policies) {
    document.add(id_of(kind), Role{.name = context_.role_name(kind, environment),
                                   .description = fmt::format("{} for the pipeline {}", purpose(kind),
                                                              context_.pipeline().name),
                                   .trust = ServiceTrust{.service = std::string(service)},
                                   .statements = std::move(statements),
                                   .policies_parameter = std::string(policies)});
  };
  if (any(uses_code_deploy))
    service_role(RoleKind::code_deploy, "codedeploy.amazonaws.com", code_deploy_statements(uses), "");
  if (any([](const ir::Element& e) { return uses_block(e, "change_set"); })) {
    document.add_list_parameter(stack_policies_parameter,
                                "ARNs of managed policies with what the resources of the stacks need");
    service_role(RoleKind::stack, "cloudformation.amazonaws.com", {}, stack_policies_parameter);
  }
}

}  // namespace pipec::backends::github
