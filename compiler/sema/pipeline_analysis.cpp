#include "compiler/sema/pipeline_analysis.h"

#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

const Value* find(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name && !value.is_error()) return &value;
  }
  return nullptr;
}

std::string text_of(const NamedValues& values, std::string_view name) {
  const Value* value = find(values, name);
  return value == nullptr ? std::string() : value->text();
}

Span span_of(const std::vector<ast::Field>& fields, std::string_view name, Span otherwise) {
  for (const ast::Field& field : fields) {
    if (field.key.text == name) return field.span;
  }
  return otherwise;
}

}  // namespace

const std::vector<const Module*>* PipelineAnalysis::profile_vocabulary() const {
  return pipeline_->profile == nullptr ? nullptr : &pipeline_->profile->vocabulary;
}

std::unique_ptr<Pipeline> PipelineAnalysis::run(const Entity& entity) {
  const auto& node = std::get<ast::Pipeline>(*entity.node);
  module_ = entity.module;
  pipeline_ = std::make_unique<Pipeline>();
  pipeline_->name = node.name.text;
  pipeline_->node = &node;
  pipeline_->head = node.head;
  pipeline_->span = node.span;
  if (node.base) sink_.report(diag::no_meaning, node.base->span, "`extends` of a pipeline");
  if (!node.profile) {
    sink_.report(diag::pipeline_without_profile, node.head, pipeline_->name);
  } else {
    const std::string name = node.profile->text();
    const Entity* profile = declarations_.find(*module_, name, {EntityKind::profile});
    if (profile != nullptr) {
      pipeline_->profile = profiles_.profile(*profile);
    } else if (!declarations_.is_missing_import(*module_, name)) {
      const auto known = declarations_.visible(*module_, {EntityKind::profile});
      auto report = sink_.report(diag::unknown_name, node.profile->span, "profile", name);
      if (const auto likely = nearest(name, known)) report.replace(node.profile->span, std::string(*likely));
      if (const std::string hint = declarations_.import_hint(name); !hint.empty()) report.note(hint);
    }
  }
  collect(node);
  evaluate_parts();
  build_routes();
  return std::move(pipeline_);
}

void PipelineAnalysis::collect(const ast::Pipeline& node) {
  for (const Target* target : declarations_.targets())
    names_.targets.emplace(target->name, target->span);
  const auto declare = [&](std::map<std::string, Span, std::less<>>& names, const ast::Name& name) {
    if (name.empty()) return;
    const auto [entry, added] = names.emplace(name.text, name.span);
    if (!added)
      sink_.report(diag::declared_twice, name.span, name.text).label(entry->second, "first declared here");
  };
  for (const ast::PipelineItem& item : node.items) {
    if (const auto* block = std::get_if<ast::Block>(&item.node)) {
      if (block->kind == ast::Block::Kind::source) declare(names_.sources, block->name);
      if (block->kind == ast::Block::Kind::environment) declare(names_.environments, block->name);
      blocks_.push_back(block);
    } else if (const auto* artifact = std::get_if<ast::ArtifactDecl>(&item.node)) {
      externals_.push_back(artifact);
    } else if (const auto* stage = std::get_if<ast::Stage>(&item.node)) {
      declare(names_.stages, stage->name);
      collect_stage(*stage);
    } else if (const auto* route = std::get_if<ast::Route>(&item.node)) {
      if (!route->hotfix) declare(names_.routes, route->name);
      route_nodes_.push_back(route);
    } else if (const auto* exemption = std::get_if<ast::Exemption>(&item.node)) {
      exemptions_.push_back(exemption);
    } else if (const auto* derivation = std::get_if<ast::Derivation>(&item.node)) {
      derivations_.push_back(derivation);
    } else if (const auto* field = std::get_if<ast::Field>(&item.node)) {
      fields_.push_back(*field);
    }
  }
  Derivation derive(declarations_, *module_, pipeline_->profile, "the pipeline", false);
  for (const ast::Derivation* derivation : derivations_) {
    if (std::holds_alternative<ast::Final>(*derivation)) {
      derive.apply(*derivation, raw_all_);
    } else {
      const Span span = std::visit([](const auto& d) { return d.span; }, *derivation);
      sink_.report(diag::derivation_without_base, span);
    }
  }
  names_.add_route(raw_all_, sink_);
  names_.add_route(raw_workstation_, sink_);
}

void PipelineAnalysis::collect_stage(const ast::Stage& node) {
  if (node.name.empty()) return;
  RawStage stage = RawBuilder(declarations_, *module_, pipeline_->profile).stage(node);
  RawRoute& route = stage.role != nullptr && !stage.role->in_pipeline ? raw_workstation_ : raw_all_;
  if (route.find_stage(stage.name) == nullptr) route.stages.push_back(std::move(stage));
}

std::vector<const Capability*> PipelineAnalysis::capabilities_of(const Value* list) const {
  std::vector<const Capability*> found;
  if (list == nullptr) return found;
  static const std::vector<const Module*> none;
  const auto* vocabulary = profile_vocabulary();
  for (const Value& item : list->items()) {
    const Capability* capability =
        declarations_.find_capability(item.text(), *module_, vocabulary == nullptr ? none : *vocabulary);
    if (capability != nullptr) found.push_back(capability);
  }
  return found;
}

const Group* PipelineAnalysis::group_of(const Value* reference) const {
  if (reference == nullptr || reference->as<ReferenceValue>() == nullptr) return nullptr;
  const Entity* entity = declarations_.find(*module_, reference->text(), {EntityKind::group});
  return entity == nullptr ? nullptr : &declarations_.group(*entity);
}

void PipelineAnalysis::evaluate_parts() {
  Pipeline& pipeline = *pipeline_;
  const NamedValues values =
      evaluator_.bind(declarations_.schema("part", "pipeline").parameters, fields_, scope(),
                      fmt::format("pipeline `{}`", pipeline.name), pipeline.head);
  pipeline.description = text_of(values, "description");
  pipeline.owner = group_of(find(values, "owner"));
  for (const ast::ArtifactDecl* external : externals_)
    evaluate_external(*external);
  for (const ast::Block* block : blocks_) {
    switch (block->kind) {
      case ast::Block::Kind::source:
        evaluate_source(*block);
        break;
      case ast::Block::Kind::environment:
        evaluate_environment(*block);
        break;
      case ast::Block::Kind::target:
        evaluate_target(*block);
        break;
      case ast::Block::Kind::notify:
        evaluate_notify(*block);
        break;
      case ast::Block::Kind::metrics: {
        const NamedValues metrics = evaluator_.bind(declarations_.schema("part", "metrics").parameters,
                                                    block->properties, scope(), "`metrics`", block->head);
        pipeline.metrics = capabilities_of(find(metrics, "publish"));
        break;
      }
    }
  }
  for (const ast::Exemption* exemption : exemptions_)
    evaluate_exemption(*exemption);
  if (pipeline.sources.empty()) sink_.report(diag::pipeline_without_source, pipeline.head, pipeline.name);
}

void PipelineAnalysis::evaluate_external(const ast::ArtifactDecl& node) {
  if (node.name.empty()) return;
  const VariantType& external = declarations_.prelude_variant("external");
  const Type* type = declarations_.types().make({.kind = TypeKind::variant, .variant = &external});
  const Value value = evaluator_.evaluate(node.value, *type, scope());
  if (value.is_error()) return;
  const Value* image = value.find("image");
  if (image != nullptr && image->text().find("@sha256:") == std::string::npos) {
    sink_.report(diag::external_without_digest, image->span, node.name.text);
  }
  const auto [entry, added] =
      names_.artifacts.emplace(node.name.text, NamedArtifact{value.text(), "", node.name.span});
  if (!added) {
    sink_.report(diag::artifact_made_twice, node.name.span, node.name.text)
        .label(entry->second.span, "first made here");
    return;
  }
  pipeline_->externals.push_back({std::string(node.name.text), value.text(), value, node.span});
}

void PipelineAnalysis::evaluate_source(const ast::Block& node) {
  const NamedValues values =
      evaluator_.bind(declarations_.schema("part", "source").parameters, node.properties, scope(),
                      fmt::format("source `{}`", node.name.text), node.head);
  Source source;
  source.name = node.name.text;
  source.branch = text_of(values, "branch");
  source.contains = capabilities_of(find(values, "contains"));
  source.head = node.head;
  if (const Value* repository = find(values, "repository")) source.repository = *repository;
  for (const Capability* capability : source.contains) {
    if (capability->kind == ast::CapabilityKind::source) continue;
    sink_.report(diag::contains_no_source, span_of(node.properties, "contains", node.head), capability->name);
  }
  if (const Value* name = source.repository.find("name");
      name != nullptr && source.repository.text() == "github") {
    const std::string repository = name->text();
    if (std::count(repository.begin(), repository.end(), '/') != 1) {
      sink_.report(diag::malformed_text, name->span, repository,
                   "a GitHub repository is written `owner/name`");
    }
  }
  pipeline_->sources.push_back(std::move(source));
}

void PipelineAnalysis::evaluate_environment(const ast::Block& node) {
  const NamedValues values =
      evaluator_.bind(declarations_.schema("part", "environment").parameters, node.properties, scope(),
                      fmt::format("environment `{}`", node.name.text), node.head);
  auto environment = std::make_unique<Environment>();
  environment->name = node.name.text;
  environment->account = text_of(values, "account");
  environment->approvers = group_of(find(values, "approvers"));
  environment->head = node.head;
  environment->approvers_span = span_of(node.properties, "approvers", node.head);
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
  if (const Value* separate = find(values, "separate")) {
    environment->separate = !separate->items().empty();
    const Group* group = environment->approvers;
    if (environment->separate && group == nullptr) {
      sink_.report(diag::separate_without_approvers, separate->span);
    } else if (environment->separate && group->minimum < 2) {
      sink_.report(diag::separate_impossible, separate->span, group->name)
          .label(group->span, fmt::format("has a minimum of {}", group->minimum))
          .note("when the only member wrote the change, nobody may approve it")
          .note("set `minimum = 2` once the group has two members");
    }
  }
  pipeline_->environments.push_back(std::move(environment));
}

void PipelineAnalysis::evaluate_target(const ast::Block& node) {
  const Target* target = declarations_.find_target(node.name.text);
  if (target == nullptr) {
    if (node.name.empty()) return;
    auto report = sink_.report(diag::unknown_name, node.name.span, "target", node.name.text);
    if (const auto likely = nearest(node.name.text, names_.reference_names(Space::target))) {
      report.replace(node.name.span, std::string(*likely));
    }
    return;
  }
  const NamedValues values = evaluator_.bind(target->settings, node.properties, scope(),
                                             fmt::format("target `{}`", node.name.text), node.head);
  const auto [entry, added] = pipeline_->settings.emplace(target->name, values);
  if (!added) sink_.report(diag::declared_twice, node.name.span, node.name.text);
}

void PipelineAnalysis::evaluate_notify(const ast::Block& node) {
  const NamedValues values = evaluator_.bind(declarations_.schema("part", "notify").parameters,
                                             node.properties, scope(), "`notify`", node.head);
  if (const Value* to = find(values, "to")) pipeline_->notify = to->items();
  if (const Value* on = find(values, "on")) {
    for (const Value& event : on->items())
      pipeline_->notify_on.push_back(event.text());
  }
}

void PipelineAnalysis::evaluate_exemption(const ast::Exemption& node) {
  const bool waive = node.kind == ast::Exemption::Kind::waive;
  const std::string_view what = waive ? "waive" : "not_applicable";
  const NamedValues values = evaluator_.bind(declarations_.schema("part", what).parameters, node.properties,
                                             scope(), fmt::format("`{}`", what), node.head);
  Exemption exemption;
  exemption.kind = node.kind;
  exemption.place = node.place.text();
  exemption.owner = text_of(values, "owner");
  exemption.head = node.head;
  if (const Value* until = find(values, "until")) {
    if (const auto* date = until->as<ast::DateExpr>()) exemption.until = *date;
  }
  if (!node.reason) {
    sink_.report(diag::missing_reason, node.head, waive ? "a waiver" : "`not_applicable`");
  } else if (const auto* text = std::get_if<ast::TextExpr>(&node.reason->text.node)) {
    exemption.reason = text->texts.front();
    if (exemption.reason.find_first_not_of(" \t\n") == std::string::npos) {
      sink_.report(diag::empty_reason, node.reason->text.span);
    }
  }
  pipeline_->exemptions.push_back(std::move(exemption));
}

}  // namespace pipec::sema
