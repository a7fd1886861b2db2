#include "backends/codepipeline/taken_names.h"

#include "backends/codepipeline/deployments.h"
#include "backends/codepipeline/documents.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/route_plan.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/same_names.h"

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

class TakenNames {
 public:
  explicit TakenNames(const ir::Pipeline& pipeline) : facts_(pipeline, {}) {}

  std::vector<TakenName> run() {
    whole();
    for (const ir::Environment& environment : facts_.pipeline().environments)
      this->environment(environment);
    for (const ir::Route* route : facts_.routes())
      this->route(*route);
    return std::move(taken_);
  }

 private:
  std::string owner(std::string_view what, std::string_view name) const {
    return owner_of(what, name, facts_.pipeline());
  }

  void add(std::string kind, std::string name, std::string owner, Span span) {
    taken_.push_back({std::move(kind), std::move(name), std::move(owner), span});
  }
  void add_role(const std::string& account, std::string name, std::string owner, Span span) {
    add(fmt::format("role in {}", account), std::move(name), std::move(owner), span);
  }
  void add_stack(const std::string& account, std::string name, std::string owner, Span span) {
    add(fmt::format("stack in {}", account), std::move(name), std::move(owner), span);
  }

  void whole() {
    const Span span = facts_.pipeline().span;
    const std::string own = fmt::format("the pipeline `{}`", facts_.pipeline().name);
    for (const char* stack : {"control", "pipelines", "support"})
      add_stack(names_.account(), names_.stack(stack), own, span);
    for (const char* function : {"always", "ledger", "notify"})
      add_role(names_.account(), names_.function(function), own, span);
    add("bucket", names_.bucket(templates_bucket, names_.region()), own, span);
    for (const Approvers& approvers : approvers_of(facts_))
      add("policy", names_.role("approve-" + approvers.role), own, span);
    // Names of rules begin with that of their route, or with these.
    for (const char* rule : {"approvals", "controls", "ended", "not-cleaned", "remind", "runs"})
      add("rule of events", names_.role(rule), own, span);
  }

  void environment(const ir::Environment& environment) {
    const std::string own = owner("the environment", environment.name);
    add_stack(environment.account, names_.stack("workload-" + environment.name), own, environment.span);
    for (const char* what : {"codedeploy", "deploy", "stack"}) {
      add_role(environment.account, names_.role(fmt::format("{}-{}", environment.name, what)), own,
               environment.span);
    }
  }

  void route(const ir::Route& route) {
    const std::string own = owner("the route", route.name);
    add("pipeline", names_.pipeline(route), own, route.span);
    for (const std::string& region : facts_.artifact_regions(route))
      add("bucket", names_.bucket(route.name, region), own, route.span);
    for (const char* what : {"pipeline", "start"})
      add_role(names_.account(), names_.role_of(route, what), own, route.span);
    add("policy", names_.role_of(route, "source"), own, route.span);
    for (const char* what : {"branch", "pull-request", "schedule", "tag"})
      add("rule of events", names_.role_of(route, what), own, route.span);
    project(route, "guard", own, route.span);
    const RoutePlan plan(route);
    for (const auto& units : plan.stages()) {
      for (const PlannedUnit& unit : units)
        this->unit(route, unit);
    }
  }

  void unit(const ir::Route& route, const PlannedUnit& unit) {
    if (unit.approval()) return;
    const ir::Stage& stage = *unit.stage;
    const std::string where = fmt::format("`{}.{}` in the route", stage.name, unit.name);
    project(route, fmt::format("{}-{}", stage.name, unit.name), owner(where, route.name), unit.first().span);
    if (unit.always()) {
      project(route, always_project(stage), owner(where, route.name), unit.first().span);
      add("rule of events", names_.role(fmt::format("always-{}-{}", route.name, stage.name)),
          owner(where, route.name), unit.first().span);
    }
    const ir::Environment* environment = facts_.environment_of(stage);
    for (const ir::Element* element : unit.elements) {
      if (environment == nullptr) break;
      const std::string own = owner("the element", element->id);
      add_role(environment->account, names_.element_role(stage, *element), own, element->span);
      if (is_code_deploy(*element)) {
        add(fmt::format("application of CodeDeploy in {}", environment->account),
            names_.deployment(stage, *element), own, element->span);
      }
    }
  }

  void project(const ir::Route& route, std::string_view what, const std::string& own, Span span) {
    add("project", names_.project(route, what), own, span);
    add_role(names_.account(), names_.project_role(route, what), own, span);
  }

  const Facts facts_;
  const Names& names_ = facts_.names();
  std::vector<TakenName> taken_;
};

}  // namespace

std::vector<TakenName> names_of(const ir::Pipeline& pipeline) { return TakenNames(pipeline).run(); }

}  // namespace pipec::backends::codepipeline
