#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/routes.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/cells.h"
#include "compiler/sema/events.h"
#include "compiler/sema/named_values.h"
#include "compiler/sema/order.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/sema/stage_use.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

std::vector<ast::Field> fields_of(const ast::Stage& stage) {
  std::vector<ast::Field> fields;
  for (const ast::StageItem& item : stage.items) {
    if (const auto* field = std::get_if<ast::Field>(&item.node)) fields.push_back(*field);
  }
  return fields;
}

std::shared_ptr<const Element> unevaluated(const RawElement& raw) {
  auto element = std::make_shared<Element>();
  element->id = raw.id;
  element->name = raw.name;
  element->stage = raw.stage;
  element->kind = raw.kind;
  element->head = raw.node->head;
  element->span = raw.node->span;
  return element;
}

}  // namespace

const Environment* PipelineAnalysis::find_environment(const std::string& name) const {
  for (const auto& environment : pipeline_->environments) {
    if (environment->name == name) return environment.get();
  }
  return nullptr;
}

std::shared_ptr<const Element> PipelineAnalysis::build_element(const std::shared_ptr<const RawElement>& raw,
                                                               const Environment* environment,
                                                               PipelineNames& names) {
  auto& built = built_[{raw.get(), environment}];
  if (built == nullptr) {
    keep_alive_.push_back(raw);
    if (declarations_.usage.values > max_route_values) {
      // Reported before; nothing of the others is evaluated.
      declarations_.elements_known = false;
      return built = unevaluated(*raw);
    }
    Instance instance(declarations_, evaluator_, names, pipeline_->profile, *raw, open_);
    built = instance.build(environment);
    if (exceeds(declarations_.usage.values, instance.weight(), max_route_values))
      sink_.report(diag::routes_too_large, built->head, static_cast<int>(max_route_values),
                   "values of properties");
  }
  return built;
}

// What is wrong with an argument is reported once; its parameter then has no value, which is not reported
// again.
void PipelineAnalysis::bind_arguments(const StageUse& use, PipelineNames& names) {
  if (use.arguments) return;
  const auto& parameters = use.stage->parameters;
  use.arguments =
      evaluator_.bind_arguments(use.call->callee.text(), parameters, use.call->arguments, use.call->span,
                                {use.caller, &names, profile_vocabulary(), open_});
  if (use.arguments) return;
  use.arguments.emplace();
  for (const Parameter& parameter : parameters)
    use.arguments->emplace_back(parameter.name, Value{use.call->span, std::monostate(), 1});
}

// What does not fit is left out, and the elements are then not all known.
bool PipelineAnalysis::stage_fits(const Stage& stage, size_t elements) {
  size_t& used = declarations_.usage.elements;
  if (elements > max_stage_elements) {
    sink_.report(diag::stage_too_large, stage.head, static_cast<int>(max_stage_elements));
  } else if (exceeds(used, elements, max_route_elements)) {
    sink_.report(diag::routes_too_large, stage.head, static_cast<int>(max_route_elements), "elements");
  }
  if (elements <= max_stage_elements && used <= max_route_elements) return true;
  declarations_.elements_known = false;
  return false;
}

bool PipelineAnalysis::orders_fit(const Stage& stage, const RawStage& raw) {
  size_t names = 0;
  for (const auto& element : stage.elements)
    names += element->after.size();
  for_each_leaf(raw.root, [&](const RawElement& element) {
    names += (element.removed ? names_after(element) : inherited_after(element)).size();
  });
  if (names > max_stage_after)
    sink_.report(diag::too_many_after, stage.head, stage.name, static_cast<int>(max_stage_after));
  const bool fits = names <= max_stage_after && declarations_.usage.orders <= max_route_orders;
  if (!fits) declarations_.elements_known = false;
  return fits;
}

Stage PipelineAnalysis::build_stage(const RawStage& raw, const RawRoute& route, size_t index,
                                    PipelineNames& names) {
  Stage stage;
  stage.name = raw.name;
  stage.role = raw.role;
  stage.head = raw.node->head;
  stage.span = raw.node->span;
  if (!raw.environment.empty()) {
    stage.environment = find_environment(raw.environment);
    // An argument that is no name is reported where it is bound.
    const ast::Expr* argument = raw.use == nullptr ? nullptr : raw.use->argument(raw.environment);
    const bool told = argument != nullptr && argument->span != raw.environment_span;
    if (stage.environment == nullptr && !told) {
      auto report = sink_.report(diag::unknown_name, raw.environment_span, "environment", raw.environment);
      if (const auto likely = nearest(raw.environment, names.reference_names(Space::environment))) {
        report.replace(raw.environment_span, std::string(*likely));
      }
    }
  }
  std::optional<StageNames> inside;
  std::vector<ast::Field> use_fields;
  if (raw.use != nullptr) {
    bind_arguments(*raw.use, names);
    inside.emplace(names, *raw.use);
    use_fields = fields_of(*raw.node);
  }
  const std::vector<ast::Field> fields = fields_of(*raw.body);
  std::vector<FieldLayer> layers{{&fields, raw.module, inside ? &*inside : nullptr},
                                 {&use_fields, raw.use == nullptr ? module_ : raw.use->caller}};
  for (const Layer& layer : raw.layers)
    layers.push_back({layer.fields, layer.module});
  const NamedValues values = evaluator_.bind(declarations_.schema("part", "stage").parameters, layers,
                                             {module_, &names, profile_vocabulary(), open_},
                                             fmt::format("stage `{}`", raw.name), stage.head);
  stage.budget = optional_of(values, "budget");
  size_t count = 0;
  for_each_element(raw.root, [&](const auto&) { ++count; });
  if (!stage_fits(stage, count)) return stage;
  for_each_element(raw.root, [&](const std::shared_ptr<const RawElement>& element) {
    stage.elements.push_back(build_element(element, stage.environment, names));
  });
  size_t cells = 0;
  for (const auto& element : stage.elements)
    cells += cell_count(*element);
  if (cells > max_stage_elements) {
    sink_.report(diag::stage_too_large, stage.head, static_cast<int>(max_stage_elements));
    stage.elements.clear();
    return stage;
  }
  const auto is_later = [&](const std::string& id) {
    bool later = false;
    for (size_t i = index + 1; i < route.stages.size(); ++i) {
      for_each_element(route.stages[i].root,
                       [&](const auto& element) { later = later || element->id == id; });
    }
    return later;
  };
  if (!orders_fit(stage, raw)) return stage;
  stage.order = order_of(raw.root, stage.elements, names, is_later, sink_);
  if (exceeds(declarations_.usage.orders, direct_orders(stage.order), max_route_orders))
    sink_.report(diag::routes_too_large, stage.head, static_cast<int>(max_route_orders),
                 "orders between elements");
  return stage;
}

Route PipelineAnalysis::build_route(RouteKind kind, std::string name, const RawRoute& raw, Span head) {
  Route route;
  route.kind = kind;
  route.name = std::move(name);
  route.head = head;
  PipelineNames names = names_;
  names.add_route(raw, sink_);
  for (size_t i = 0; i < raw.stages.size(); ++i)
    route.stages.push_back(build_stage(raw.stages[i], raw, i, names));
  route.index();
  return route;
}

// The stages of `stages` in the order of the pipeline.
RawRoute PipelineAnalysis::restricted(const RawRoute& all, std::string_view name, const Value* stages) {
  if (stages == nullptr || stages->is_error()) return all;
  if (stages->items().empty())
    sink_.report(diag::empty_list, stages->span, "stages", fmt::format("route `{}`", name));
  RawRoute route;
  for (const RawStage& stage : all.stages) {
    const bool kept = std::any_of(stages->items().begin(), stages->items().end(),
                                  [&](const Value& item) { return item.text() == stage.name; });
    if (kept) route.stages.push_back(stage);
  }
  check_stage_list(route, name, *stages);
  return route;
}

// Each stage of the list once, and in the order in which they run.
void PipelineAnalysis::check_stage_list(const RawRoute& route, std::string_view name, const Value& stages) {
  std::vector<std::string> right;
  for (const RawStage& stage : route.stages)
    right.push_back(stage.name);
  std::vector<size_t> written;
  for (const Value& item : stages.items()) {
    const auto found = std::find(right.begin(), right.end(), item.text());
    // That there is no such stage was reported.
    if (item.is_error() || found == right.end()) return;
    const auto place = static_cast<size_t>(found - right.begin());
    const bool twice = std::find(written.begin(), written.end(), place) != written.end();
    if (twice || (!written.empty() && place < written.back())) {
      auto report =
          twice ? sink_.report(diag::route_stage_twice, item.span, name, right[place])
                : sink_.report(diag::route_stage_order, item.span, name, right[place], right[written.back()]);
      report.replace(stages.span, fmt::format("[{}]", join(right, ", ")), true);
      return;
    }
    written.push_back(place);
  }
}

void PipelineAnalysis::set_trigger(Route& route, const NamedValues& values) {
  route.trigger.branches = texts_of(values, "branches");
  route.trigger.pull_requests = texts_of(values, "pull_requests");
  if (const Value* branches = find(values, "pull_requests")) {
    for (const Value& branch : branches->items())
      route.trigger.pull_request_spans.push_back(branch.span);
  }
  route.trigger.tags = texts_of(values, "tags");
  route.trigger.paths = texts_of(values, "paths");
  if (const Value* schedule = find(values, "schedule")) route.trigger.schedule = schedule->text();
  if (const Value* manual = find(values, "manual"))
    route.trigger.manual = manual->as<bool>() != nullptr && *manual->as<bool>();
  // The form of patterns of branches and tags leaves these out.
  const Value* paths = find(values, "paths");
  for (size_t i = 0; paths != nullptr && i < paths->items().size(); ++i) {
    const Value& pattern = paths->items()[i];
    const std::string text = pattern.text();
    const std::string_view character = meaningless_in_pattern(text);
    if (!character.empty()) sink_.report(diag::pattern_character, pattern.span, text, character);
  }
}

void PipelineAnalysis::build_routes() {
  // The workstation's stages first: the pipeline's elements do not depend on them.
  Route workstation = build_route(RouteKind::other, "workstation", raw_workstation_, pipeline_->head);
  pipeline_->workstation = std::move(workstation.stages);

  const RoutePart* trunk = nullptr;
  const RoutePart* hotfix = nullptr;
  for (const RoutePart& part : route_parts_) {
    if (part.node->hotfix) hotfix = &part;
    if (!part.node->hotfix && part.node->name.text == "trunk") trunk = &part;
  }
  mark_production();
  for (const RawStage& stage : raw_all_.stages) {
    const auto fields = fields_of(*stage.node);
    const bool budget = std::any_of(fields.begin(), fields.end(),
                                    [](const ast::Field& field) { return field.key.text == "budget"; });
    pipeline_->stages.push_back({stage.name, stage.environment, budget, stage.node->head});
  }
  build_trunk(trunk);
  for (const RoutePart& part : route_parts_) {
    if (&part != hotfix && &part != trunk && !part.node->name.empty()) build_other(part);
  }
  if (hotfix != nullptr) build_hotfix(*hotfix);
  build_underived();
}

// Last, and as open as a base: what no route runs as it is declared, routes may have completed.
void PipelineAnalysis::build_underived() {
  const Route& trunk = pipeline_->trunk();
  if (trunk.changes.empty() && trunk.marked_final.empty() && trunk.stages.size() == raw_all_.stages.size())
    return;
  open_ = true;
  pipeline_->underived = build_route(RouteKind::trunk, "trunk", raw_all_, pipeline_->head);
}

// By every stage there is, before routes leave some out. What is production in the base is production in the
// heir, which may leave out the stage that says so.
void PipelineAnalysis::mark_production() {
  for (const RawStage& stage : raw_all_.stages) {
    if (stage.role == nullptr || !stage.role->production) continue;
    for (const auto& environment : pipeline_->environments) {
      if (environment->name == stage.environment) environment->production = true;
    }
  }
  if (pipeline_->base == nullptr) return;
  for (const auto& of_base : pipeline_->base->environments) {
    for (const auto& environment : pipeline_->environments) {
      if (of_base->production && environment->name == of_base->name) environment->production = true;
    }
  }
}

NamedValues PipelineAnalysis::bind_route(const RoutePart& part, std::string_view schema,
                                         const std::string& owner) {
  return evaluator_.bind(declarations_.schema("part", schema).parameters, part.layers(), scope(), owner,
                         part.node->head);
}

PipelineAnalysis::Derived PipelineAnalysis::derive(const RoutePart& part, const std::string& by,
                                                   bool reasons_required, RawRoute raw) {
  Derived derived{std::move(raw), {}, {}};
  for (const RoutePart::Source& source : part.sources) {
    Derivation derivation(declarations_, *source.module, pipeline_->profile, by, reasons_required,
                          source.pipeline, raw_all_, derived.changes);
    for (const auto& item : source.node->items) {
      if (const auto* step = std::get_if<ast::Derivation>(&item)) derivation.apply(*step, derived.raw);
    }
    derived.marked_final.insert(derivation.marked_final().begin(), derivation.marked_final().end());
  }
  return derived;
}

Route PipelineAnalysis::build_derived(RouteKind kind, std::string name, Derived derived, Span head) {
  Route route = build_route(kind, std::move(name), derived.raw, head);
  route.changes = std::move(derived.changes);
  route.marked_final = std::move(derived.marked_final);
  return route;
}

void PipelineAnalysis::build_trunk(const RoutePart* part) {
  NamedValues values;
  if (part != nullptr) values = bind_route(*part, "route", "route `trunk`");
  Derived derived{restricted(raw_all_, "trunk", find(values, "stages")), {}, {}};
  if (part != nullptr) derived = derive(*part, "the route `trunk`", false, std::move(derived.raw));
  raw_trunk_ = derived.raw;
  Route route = build_derived(RouteKind::trunk, "trunk", std::move(derived),
                              part == nullptr ? pipeline_->head : part->node->head);
  set_trigger(route, values);
  route.budget = optional_of(values, "budget");
  const bool triggered = !route.trigger.branches.empty() || !route.trigger.tags.empty() ||
                         !route.trigger.schedule.empty() || route.trigger.manual;
  if (!triggered && !pipeline_->sources.empty()) route.trigger.branches = {pipeline_->sources.front().branch};
  if (!route.trigger.pull_requests.empty()) sink_.report(diag::trunk_on_pull_request, route.head);
  pipeline_->routes.push_back(std::move(route));
}

void PipelineAnalysis::build_other(const RoutePart& part) {
  const std::string name(part.node->name.text);
  const std::string owner = fmt::format("route `{}`", name);
  const NamedValues values = bind_route(part, "route", owner);
  Route route =
      build_derived(RouteKind::other, name,
                    derive(part, "the " + owner, false, restricted(raw_all_, name, find(values, "stages"))),
                    part.node->head);
  set_trigger(route, values);
  route.budget = optional_of(values, "budget");
  const Trigger& trigger = route.trigger;
  const bool triggered = !trigger.branches.empty() || !trigger.pull_requests.empty() ||
                         !trigger.tags.empty() || !trigger.schedule.empty() || trigger.manual;
  // A trigger that was mistaken was reported where it is written.
  const bool mistaken =
      std::any_of(values.begin(), values.end(), [](const auto& v) { return v.second.is_error(); });
  if (!triggered && !mistaken) sink_.report(diag::route_without_trigger, part.node->head, name);
  pipeline_->routes.push_back(std::move(route));
}

}  // namespace pipec::sema
