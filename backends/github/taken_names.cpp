#include "backends/github/taken_names.h"

#include "backends/common/same_names.h"
#include "backends/common/values.h"
#include "backends/github/artifacts.h"
#include "backends/github/context.h"
#include "backends/github/steps.h"
#include "backends/github/workflows.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// `pipec-mill-17` has the place of a number at its end: runs are told apart by it.
std::string numbered(const std::string& group) {
  const size_t dash = group.rfind('-');
  const bool number =
      dash + 1 < group.size() && group.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  return number ? group.substr(0, dash + 1) + "NUMBER" : "";
}

class Names {
 public:
  explicit Names(const ir::Pipeline& pipeline) : pipeline_(pipeline), context_(pipeline, options_) {}

  std::vector<TakenName> run() {
    workflows();
    for (const ir::Environment& environment : pipeline_.environments)
      this->environment(environment);
    for (const ir::Artifact& artifact : pipeline_.artifacts) {
      add(fmt::format("output of jobs in `{}`", pipeline_.name), artifact_output(artifact, "…"),
          owner("the artifact", artifact.name), artifact.span);
    }
    for (const ir::Route& route : pipeline_.routes) {
      for (size_t s = 0; s < route.stages.size(); ++s)
        stage(route.stages[s], route.schedules.at("github")[s]);
    }
    return std::move(names_);
  }

 private:
  std::string owner(std::string_view what, std::string_view name) const {
    return owner_of(what, name, pipeline_);
  }

  void add(std::string kind, std::string name, std::string owner, Span span) {
    names_.push_back({std::move(kind), std::move(name), std::move(owner), span});
  }

  // Several pipelines may belong to one repository.
  std::string in_repository(std::string_view what) const {
    return fmt::format("{} in `{}`", what, context_.repository());
  }

  void workflows() {
    const auto workflow = [&](std::string_view suffix, std::string owner, Span span) {
      add("workflow", context_.workflow_file(suffix), std::move(owner), span);
    };
    const std::string whole = fmt::format("the pipeline `{}`", pipeline_.name);
    workflow("", whole, pipeline_.span);
    workflow(monitor_suffix, whole, pipeline_.span);
    workflow(override_suffix, whole, pipeline_.span);
    for (const ir::Route& route : pipeline_.routes)
      workflow(route.name, owner("the route", route.name), route.span);
    for (const std::string_view of : {std::string_view("NUMBER"), monitor_suffix})
      add(in_repository("concurrency group"), context_.concurrency_group(of), whole, pipeline_.span);
  }

  void environment(const ir::Environment& environment) {
    const std::string own = owner("the environment", environment.name);
    add(fmt::format("environment for `{}`", pipeline_.name), environment.name, own, environment.span);
    const std::string group = context_.concurrency_group(environment.name);
    add(in_repository("concurrency group"), group, own, environment.span);
    if (const std::string number = numbered(group); !number.empty()) {
      add(in_repository("concurrency group"), number, fmt::format("an environment of `{}`", pipeline_.name),
          environment.span);
    }
    if (!environment.account.empty()) {
      add(fmt::format("role in {}", environment.account), context_.role_name(RoleKind::deploy, &environment),
          own, environment.span);
    }
  }

  void stage(const ir::Stage& stage, const ir::StageSchedule& schedule) {
    for (const ir::Unit& unit : schedule.units) {
      for (const size_t index : unit.elements)
        element(stage, stage.elements[index], stage.elements[unit.elements.front()].id);
    }
  }

  // `first`: with which its job begins. The names of a job's steps must differ.
  void element(const ir::Stage& stage, const ir::Element& element, const std::string& first) {
    const std::string own = owner("the element", element.id);
    const auto step = [&](std::string name) {
      add(fmt::format("step in the job of `{}` in `{}`", first, pipeline_.name), std::move(name), own,
          element.span);
    };
    step(step_id(element));
    for (int64_t number = 2; number <= element.retries + 1; ++number)
      step(try_step(element, number));
    for (size_t number = 1; element.waves.size() > 1 && number <= element.waves.size(); ++number)
      step(wave_step(element, number));
    if (element.kind == ir::ElementKind::deploy) step(undo_step(element));
    for (const size_t artifact : element.produces) {
      step(artifact_step(pipeline_.artifacts[artifact]));
      step(own_image_step(pipeline_.artifacts[artifact]));
    }
    const auto work = element.work.find("github");
    if (work == element.work.end()) return;
    for (const std::string_view trust : {"production", "other"}) {
      if (work->second.caches.empty()) break;
      add(in_repository("key of a cache"), cache_key(context_, trust, element), own, element.span);
    }
    if (stage.environment && work->second.block && work->second.block->name == "ecs_service")
      service(pipeline_.environments[*stage.environment], *work->second.block, element.span);
  }

  // Several elements may deploy a service, each in its routes.
  void service(const ir::Environment& environment, const ir::Block& block, Span span) {
    const std::string service =
        fmt::format("{}/{}", field_text(block, "cluster"), field_text(block, "service"));
    add("deployment group of CodeDeploy", context_.code_deploy_group(environment, block),
        fmt::format("the service `{}` in `{}` of `{}`", service, environment.name, pipeline_.name), span);
  }

  const ir::Pipeline& pipeline_;
  const EmitOptions options_;
  const Context context_;
  std::vector<TakenName> names_;
};

}  // namespace

std::vector<TakenName> names_of(const ir::Pipeline& pipeline) { return Names(pipeline).run(); }

}  // namespace pipec::backends::github
