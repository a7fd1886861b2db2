#include "compiler/sema/pipeline_analysis.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/time.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/named_values.h"
#include "compiler/support/other_languages.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// It was given, and its value was reported.
bool failed(const NamedValues& values, std::string_view name) {
  return std::any_of(values.begin(), values.end(),
                     [&](const auto& value) { return value.first == name && value.second.is_error(); });
}

}  // namespace

const std::vector<const Module*>* PipelineAnalysis::profile_vocabulary() const {
  return pipeline_->profile == nullptr ? nullptr : &pipeline_->profile->vocabulary;
}

std::vector<const Capability*> PipelineAnalysis::capabilities_of(const Value* list,
                                                                 const Module* module) const {
  std::vector<const Capability*> found;
  if (list == nullptr) return found;
  static const std::vector<const Module*> none;
  const auto* vocabulary = profile_vocabulary();
  for (const Value& item : list->items()) {
    const Capability* capability =
        declarations_.find_capability(item.text(), *module, vocabulary == nullptr ? none : *vocabulary);
    if (capability != nullptr) found.push_back(capability);
  }
  return found;
}

const Group* PipelineAnalysis::group_of(const Value* value) const {
  const auto* reference = value == nullptr ? nullptr : value->as<ReferenceValue>();
  return reference == nullptr ? nullptr : &declarations_.group(*reference->entity);
}

NamedValues PipelineAnalysis::bind(const Part& part, std::string_view schema, const std::string& owner) {
  // What an heir lacks is its own affair, where the base says something about the part, too.
  const bool own = part.layers.back().module == module_;
  return evaluator_.bind(declarations_.schema("part", schema).parameters, part.layers, scope(), owner,
                         own ? part.node->head : pipeline_->head);
}

void PipelineAnalysis::evaluate_parts() {
  Pipeline& pipeline = *pipeline_;
  const NamedValues values =
      evaluator_.bind(declarations_.schema("part", "pipeline").parameters, field_layers_, scope(),
                      fmt::format("pipeline `{}`", pipeline.name), pipeline.head);
  pipeline.description = text_of(values, "description");
  pipeline.owner = group_of(find(values, "owner"));
  if (const Value* within = find(values, "repair_within"); within != nullptr && within->as<Duration>())
    pipeline.repair_within = *within->as<Duration>();
  for (const auto& [node, module] : externals_)
    evaluate_external(*node, *module);
  for (const Part& part : parts_) {
    switch (part.kind) {
      case ast::Block::Kind::source:
        evaluate_source(part);
        break;
      case ast::Block::Kind::environment:
        evaluate_environment(part);
        break;
      case ast::Block::Kind::target:
        evaluate_target(part);
        break;
      case ast::Block::Kind::notify:
        evaluate_notify(part);
        break;
      case ast::Block::Kind::metrics:
        evaluate_metrics(part);
        break;
    }
  }
  // Defaults for targets of which the pipeline says nothing; what they lack matters when they are emitted.
  for (const Target* target : declarations_.targets()) {
    Scope defaults = scope();
    defaults.open = true;
    if (!pipeline.settings.contains(target->name))
      pipeline.settings.emplace(target->name, evaluator_.bind(target->settings, std::vector<FieldLayer>(),
                                                              defaults, "", pipeline.head));
  }
  for (const auto& [node, module] : exemptions_)
    evaluate_exemption(*node, *module);
  if (pipeline.sources.empty() && !open_) report_no_source();
}

void PipelineAnalysis::report_no_source() {
  auto report = sink_.report(diag::pipeline_without_source, pipeline_->head, pipeline_->name);
  for (const Entity* other : declarations_.visible_entities(declarations_.entry(), {EntityKind::pipeline})) {
    const auto& node = std::get<ast::Pipeline>(*other->node);
    if (!node.base || node.base->text() != pipeline_->name) continue;
    const Span begin{pipeline_->head.source, pipeline_->head.begin, pipeline_->head.begin};
    report.label(node.head, "extends it").fix("write `base pipeline`", {{begin, "base "}});
    break;
  }
}

void PipelineAnalysis::evaluate_metrics(const Part& part) {
  const NamedValues metrics = bind(part, "metrics", "`metrics`");
  pipeline_->metrics =
      capabilities_of(find(metrics, "publish"), evaluator_.given_field(part.layers, "publish").module);
  if (failed(metrics, "publish")) declarations_.elements_known = false;
}

void PipelineAnalysis::evaluate_external(const ast::ArtifactDecl& node, const Module& module) {
  if (node.name.empty()) return;
  const VariantType& external = declarations_.prelude_variant("external");
  const Type* type = declarations_.types().make({.kind = TypeKind::variant, .variant = &external});
  const Value value = evaluator_.evaluate(node.value, *type, scope(module));
  const bool known = !value.is_error();
  const auto [entry, added] = names_.artifacts.emplace(
      node.name.text, NamedArtifact{known ? value.text() : "", "", node.name.span, known});
  if (!added) {
    sink_.report(diag::artifact_made_twice, node.name.span, node.name.text)
        .label(entry->second.span, "first made here");
    return;
  }
  if (!known) return;
  const Value* image = value.find("image");
  if (image != nullptr && image->text().find("@sha256:") == std::string::npos)
    sink_.report(diag::external_without_digest, image->span, node.name.text);
  pipeline_->externals.push_back({std::string(node.name.text), value.text(), value, node.span});
}

void PipelineAnalysis::evaluate_source(const Part& part) {
  const ast::Block& node = *part.node;
  const NamedValues values = bind(part, "source", fmt::format("source `{}`", node.name.text));
  Source source;
  source.name = node.name.text;
  source.branch = text_of(values, "branch");
  const GivenField contains = evaluator_.given_field(part.layers, "contains");
  if (const Value* list = find(values, "contains")) {
    const std::vector<const Capability*> kinds = capabilities_of(list, contains.module);
    // What is not known was reported.
    const size_t count = kinds.size() == list->items().size() ? kinds.size() : 0;
    for (size_t i = 0; i < count; ++i) {
      const Value& item = list->items()[i];
      source.contains.push_back({kinds[i], item.as<ReferenceValue>()->paths, item.span});
    }
  }
  if (failed(values, "contains")) declarations_.elements_known = false;
  source.head = node.head;
  if (const Value* repository = find(values, "repository")) source.repository = *repository;
  for (const Contained& contained : source.contains) {
    if (contained.kind->kind == ast::CapabilityKind::source) continue;
    sink_.report(diag::contains_no_source, contains.field->span, contained.kind->name);
  }
  pipeline_->sources.push_back(std::move(source));
}

void PipelineAnalysis::evaluate_environment(const Part& part) {
  const ast::Block& node = *part.node;
  const NamedValues values = bind(part, "environment", fmt::format("environment `{}`", node.name.text));
  auto environment = std::make_unique<Environment>();
  environment->name = node.name.text;
  environment->account = text_of(values, "account");
  const GivenField approvers = evaluator_.given_field(part.layers, "approvers");
  environment->approvers = group_of(find(values, "approvers"));
  environment->head = node.head;
  environment->approvers_span = approvers.field == nullptr ? node.head : approvers.field->span;
  if (const Value* regions = find(values, "regions")) {
    for (const Value& region : regions->items()) {
      const std::string name = region.text();
      const bool again = std::find(environment->regions.begin(), environment->regions.end(), name) !=
                         environment->regions.end();
      if (again) {
        sink_.report(diag::repeated_property, region.span, name);
      } else {
        environment->regions.push_back(name);
      }
    }
  }
  evaluate_ttl(part, values, *environment);
  if (const Value* separate = find(values, "separate")) {
    environment->separate = !separate->items().empty();
    const Group* group = environment->approvers;
    if (environment->separate && group == nullptr) {
      if (!failed(values, "approvers")) sink_.report(diag::separate_without_approvers, separate->span);
    } else if (environment->separate && group->minimum < 2) {
      sink_.report(diag::separate_impossible, separate->span, group->name)
          .label(group->span, fmt::format("has a minimum of {}", group->minimum))
          .note("when the only member wrote the change, nobody may approve it")
          .note("set `minimum = 2` once the group has two members");
    }
  }
  pipeline_->environments.push_back(std::move(environment));
}

void PipelineAnalysis::evaluate_ttl(const Part& part, const NamedValues& values, Environment& environment) {
  const Value* ephemeral = find(values, "ephemeral");
  const auto* is_ephemeral = ephemeral == nullptr ? nullptr : ephemeral->as<bool>();
  environment.ephemeral = is_ephemeral != nullptr && *is_ephemeral;
  const GivenField ttl = evaluator_.given_field(part.layers, "ttl");
  environment.ttl_span = ttl.field == nullptr ? environment.head : ttl.field->span;
  if (const Value* value = find(values, "ttl")) {
    if (const auto* time = value->as<Duration>()) environment.ttl = *time;
  }
  if (failed(values, "ephemeral")) return;
  if (environment.ttl && !environment.ephemeral) {
    sink_.report(diag::environment_ttl, environment.ttl_span, environment.name,
                 "`ttl` is for an environment with `ephemeral = true`");
  } else if (environment.ephemeral && ttl.field == nullptr && !open_) {
    sink_
        .report(diag::environment_ttl, evaluator_.given_field(part.layers, "ephemeral").field->span,
                environment.name, "`ephemeral = true` needs a `ttl`")
        .note("say how long it may stand at most, such as `ttl = 2h`");
  } else if (environment.ttl && environment.ttl->seconds == 0) {
    sink_.report(diag::zero_duration, environment.ttl_span, "ttl");
  }
}

void PipelineAnalysis::evaluate_target(const Part& part) {
  const ast::Block& node = *part.node;
  const Target* target = declarations_.find_target(node.name.text);
  if (target == nullptr) {
    if (node.name.empty()) return;
    auto report = sink_.report(diag::unknown_name, node.name.span, "target", node.name.text);
    if (const auto platform = unsupported_platform(node.name.text)) {
      report.note(fmt::format("{} is not supported", *platform));
    } else if (const auto likely = nearest(node.name.text, names_.reference_names(Space::target))) {
      report.replace(node.name.span, std::string(*likely));
    }
    return;
  }
  const NamedValues values = evaluator_.bind(target->settings, part.layers, scope(),
                                             fmt::format("target `{}`", node.name.text), node.head);
  pipeline_->settings.emplace(target->name, values);
}

void PipelineAnalysis::evaluate_notify(const Part& part) {
  const NamedValues values = bind(part, "notify", "`notify`");
  if (const Value* to = find(values, "to")) pipeline_->notify = to->items();
  if (const Value* on = find(values, "on")) {
    for (const Value& event : on->items())
      pipeline_->notify_on.push_back(event.text());
  }
}

// Null when nobody is named. Somebody who was not understood, which is reported, is a group of nobody: the
// owner has not approved what names another.
const Group* PipelineAnalysis::approver_of(const NamedValues& values) const {
  static const Group nobody;
  const bool named = std::any_of(values.begin(), values.end(),
                                 [](const auto& value) { return value.first == "approved_by"; });
  const Group* group = group_of(find(values, "approved_by"));
  return group == nullptr && named ? &nobody : group;
}

void PipelineAnalysis::evaluate_exemption(const ast::Exemption& node, const Module& module) {
  const std::string_view what = to_string(node.kind);
  const NamedValues values = evaluator_.bind(declarations_.schema("part", what).parameters, node.properties,
                                             scope(module), fmt::format("`{}`", what), node.head);
  Exemption exemption;
  exemption.kind = node.kind;
  exemption.place = node.place.text();
  exemption.owner = group_of(find(values, "owner"));
  exemption.approved_by = approver_of(values);
  exemption.head = node.head;
  exemption.until_span = node.head;
  if (const Value* until = find(values, "until")) {
    if (const auto* date = until->as<ast::DateExpr>()) exemption.until = *date;
    exemption.until_span = until->span;
  }
  if (!node.reason) {
    sink_.report(diag::missing_reason, node.head,
                 node.kind == ast::Exemption::Kind::waive            ? "a waiver"
                 : node.kind == ast::Exemption::Kind::not_applicable ? "`not_applicable`"
                                                                     : "an attestation");
  } else if (const auto* text = std::get_if<ast::TextExpr>(&node.reason->text.node)) {
    exemption.reason = text->texts.front();
    if (exemption.reason.find_first_not_of(" \t\n") == std::string::npos) {
      sink_.report(diag::empty_reason, node.reason->text.span);
    }
  }
  pipeline_->exemptions.push_back(std::move(exemption));
}

}  // namespace pipec::sema
