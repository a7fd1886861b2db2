// A deployment takes a stored artifact to an environment that is known, in a way that can be carried out.
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/targets.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// The environment that the stage most likely goes to: the one of its name, or the only one.
const sema::Environment* likely_environment(const Context& context, const sema::Stage& stage) {
  const auto& environments = context.pipeline.environments;
  for (const auto& environment : environments) {
    if (environment->name == stage.name) return environment.get();
  }
  return environments.size() == 1 ? environments.front().get() : nullptr;
}

void report_without_environment(const Context& context, const sema::Stage& stage,
                                const sema::Element& element) {
  auto report = context.sink.report(diag::stage_without_environment, element.head, element.name);
  report.label(stage.head, "the stage names none");
  if (const sema::Environment* likely = likely_environment(context, stage)) {
    const std::string in = fmt::format(" in {}", likely->name);
    report.fix(fmt::format("add `{}`", in.substr(1)),
               {{{stage.head.source, stage.head.end, stage.head.end}, in}});
    return;
  }
  std::vector<std::string> names;
  for (const auto& environment : context.pipeline.environments)
    names.push_back(environment->name);
  report.note(names.empty()
                  ? "the pipeline has no environment: `environment NAME { account = \"…\"  regions = […] }`"
                  : fmt::format("environments are {}", quoted_list(names)));
}

void check_environment(const Context& context, const sema::Stage& stage, const sema::Element& element) {
  if (stage.environment == nullptr) {
    report_without_environment(context, stage, element);
    return;
  }
  const std::vector<const sema::Target*> targets = sema::targets_of(context.model, context.pipeline);
  const bool needs_account = std::any_of(targets.begin(), targets.end(), [&](const sema::Target* target) {
    const auto lowering = element.lowerings.find(target->name);
    return target->accounts && lowering != element.lowerings.end() && lowering->second.block;
  });
  const bool takes_account = std::any_of(targets.begin(), targets.end(),
                                         [](const sema::Target* target) { return target->accounts; });
  const sema::Environment& environment = *stage.environment;
  if (needs_account && environment.account.empty()) {
    context.sink
        .report(diag::environment_without_account, environment.head, environment.name, "account",
                element.name)
        .label(element.head, "deploys to it");
  }
  // Rights in an account are used in its regions.
  const bool needs_regions = needs_account || (takes_account && !environment.account.empty());
  if (needs_regions && environment.regions.empty()) {
    context.sink
        .report(diag::environment_without_account, environment.head, environment.name, "regions",
                element.name)
        .label(element.head, "deploys to it");
  }
}

// A command that brings no secrets along takes its rights from the account of the environment.
void check_rights(const Context& context, const sema::Stage& stage, const sema::Element& element) {
  const sema::Environment* environment = stage.environment;
  if (environment == nullptr || !environment->account.empty()) return;
  if (!environment->production && environment->regions.empty()) return;
  const sema::Value* secrets = element.property("secrets");
  if (secrets != nullptr && !secrets->entries().empty()) return;
  std::vector<std::string> titles;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    const auto lowering = element.lowerings.find(target->name);
    const bool runs = lowering == element.lowerings.end() || !lowering->second.block;
    if (target->accounts && runs) titles.push_back(target->title);
  }
  if (titles.empty()) return;
  context.sink
      .report(diag::deploys_without_rights, environment->head, environment->name, element.id,
              join(titles, " and "))
      .label(element.head, "deploys to it");
}

void check_strategy(const Context& context, const sema::Element& element) {
  const sema::Value* strategy = element.property("strategy");
  const sema::Value* possible = element.property("strategies");
  if (strategy == nullptr || possible == nullptr || possible->items().empty()) return;
  std::vector<std::string> names;
  for (const sema::Value& name : possible->items())
    names.push_back(name.text());
  if (std::find(names.begin(), names.end(), strategy->text()) != names.end()) return;
  auto report = context.sink.report(diag::unsupported_strategy, element.property_span("strategy"),
                                    spell(*strategy), fmt::format("possible are {}", quoted_list(names)));
  const auto setting = element.settings.find("strategy");
  const bool own = setting != element.settings.end() && !setting->second.back().by_definition;
  if (own && names.size() == 1)
    report.replace(element.property_span("strategy"), fmt::format("strategy = {}", names.front()));
  if (element.settings.contains("controller"))
    report.label(element.property_span("controller"), "decides what is possible");
}

void report_nothing_deployed(const Context& context, const sema::Route& route, const sema::Element& element) {
  auto report = context.sink.report(diag::deploys_no_artifact, element.property_span("inputs"), element.name);
  if (route.kind != sema::RouteKind::trunk) report.label(route.head, "on this route");
}

bool is_to(const sema::Stage& stage, const sema::Environment& environment) {
  return stage.environment != nullptr && stage.environment->name == environment.name;
}

// Whether something is deployed to the environment of the element's stage before the element starts.
bool follows_deployment(const sema::Route& route, sema::Route::Position at) {
  const sema::Environment& environment = *route.stages[at.stage].environment;
  for (size_t s = 0; s <= at.stage; ++s) {
    const sema::Stage& stage = route.stages[s];
    for (size_t e = 0; is_to(stage, environment) && e < stage.elements.size(); ++e) {
      if (stage.elements[e]->kind == ast::ElementKind::deploy && route.precedes({s, e}, at)) return true;
    }
  }
  return false;
}

// Checks of the stage that stood behind a deployment to their environment, in the origin, which the change
// leaves out.
void check_left_out(const Context& context, const sema::Change& change, const sema::Route& origin,
                    const sema::Route& route, size_t stage_index) {
  const sema::Stage& stage = route.stages[stage_index];
  const auto removed = origin.find(change.element);
  if (change.kind != sema::ChangeKind::skipped || !removed) return;
  if (!is_to(origin.stages[removed->stage], *stage.environment)) return;
  if (origin.at(*removed).kind != ast::ElementKind::deploy) return;
  for (size_t e = 0; e < stage.elements.size(); ++e) {
    const sema::Element& element = *stage.elements[e];
    const auto before = origin.find(element.id);
    if (!element.checks() || !before || !origin.precedes(*removed, *before)) continue;
    // An heir has fewer things to deploy, or others.
    const bool by_heir = route.kind == sema::RouteKind::trunk && &origin != &context.pipeline.declared();
    if (by_heir && follows_deployment(route, {stage_index, e})) continue;
    auto report = context.sink.report(diag::check_without_deployment, change.span, element.name,
                                      stage.environment->name, change.element);
    report.label(element.head, "checks what was deployed");
    if (!element.final)
      report.fix("skip it too",
                 {{{change.span.source, change.span.end, change.span.end}, ", " + element.id}});
  }
}

// A hotfix is derived from trunk, every other route from what the pipeline declares, that from its bases.
void check_left_out(const Context& context, const sema::Route& route, size_t stage) {
  const sema::Pipeline& pipeline = context.pipeline;
  const bool hotfix = route.kind == sema::RouteKind::hotfix;
  for (const sema::Change& change : route.changes)
    check_left_out(context, change, hotfix ? pipeline.trunk() : pipeline.declared(), route, stage);
  if (route.kind != sema::RouteKind::trunk) return;
  for (const sema::Change& change : pipeline.changes) {
    const sema::Pipeline* base = pipeline.base.get();
    while (base != nullptr && !base->declared().find(change.element))
      base = base->base.get();
    if (base != nullptr) check_left_out(context, change, base->declared(), route, stage);
  }
}

// Something behind the deployment examines its environment, although the stage goes on when it fails.
void check_goes_on(const Context& context, const sema::Route& route, sema::Route::Position at,
                   std::set<const sema::Element*>& told) {
  const sema::Element& deployment = route.at(at);
  const sema::Environment* environment = route.stages[at.stage].environment;
  if (deployment.kind != ast::ElementKind::deploy || !deployment.continue_on_failure) return;
  if (environment == nullptr || told.contains(&deployment)) return;
  for (size_t s = at.stage; s < route.stages.size(); ++s) {
    const sema::Stage& stage = route.stages[s];
    for (size_t e = 0; is_to(stage, *environment) && e < stage.elements.size(); ++e) {
      const sema::Element& element = *stage.elements[e];
      if (!element.checks() || element.always || !route.precedes(at, {s, e})) continue;
      told.insert(&deployment);
      context.sink
          .report(diag::check_of_failed_deployment, deployment.property_span("continue_on_failure"),
                  element.name, environment->name, deployment.id)
          .label(element.head, "checks what was deployed");
      return;
    }
  }
}

}  // namespace

void deployments(const Context& context) {
  std::set<const sema::Element*> seen;
  std::set<const sema::Element*> told;
  for (const sema::Route& route : context.pipeline.routes) {
    for (size_t s = 0; s < route.stages.size(); ++s) {
      const sema::Stage& stage = route.stages[s];
      if (stage.environment != nullptr) check_left_out(context, route, s);
      for (size_t e = 0; e < stage.elements.size(); ++e) {
        const auto& element = stage.elements[e];
        // A check may be behind it on some routes only.
        check_goes_on(context, route, {s, e}, told);
        if (element->kind != ast::ElementKind::deploy || !seen.insert(element.get()).second) continue;
        if (element->consumes.empty()) report_nothing_deployed(context, route, *element);
        check_environment(context, stage, *element);
        check_rights(context, stage, *element);
        check_strategy(context, *element);
      }
    }
  }
}

}  // namespace pipec::rules
