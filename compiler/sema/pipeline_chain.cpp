// A pipeline and the pipelines that it extends, put together: the base first, what an heir says on top of it.
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

bool extends(const Profile& profile, const Profile& base) {
  for (const Profile* p = &profile; p != nullptr; p = p->parent) {
    if (p == &base) return true;
  }
  return false;
}

}  // namespace

std::vector<FieldLayer> PipelineAnalysis::RoutePart::layers() const {
  std::vector<FieldLayer> layers;
  for (const Source& source : sources)
    layers.push_back({&source.fields, source.module});
  return layers;
}

std::unique_ptr<Pipeline> PipelineAnalysis::run(const Entity& entity) {
  return run(std::get<ast::Pipeline>(*entity.node), *entity.module);
}

std::unique_ptr<Pipeline> PipelineAnalysis::run(const ast::Pipeline& node, const Module& module) {
  module_ = &module;
  open_ = node.is_base;
  const std::vector<Link> chain = chain_of(node, module);
  pipeline_ = std::make_unique<Pipeline>();
  pipeline_->name = node.name.text;
  pipeline_->node = &node;
  pipeline_->is_base = node.is_base;
  pipeline_->head = node.head;
  pipeline_->span = node.span;
  find_profile(chain);
  for (const Target* target : declarations_.targets())
    names_.targets.emplace(target->name, target->span);
  for (const Link& link : chain)
    collect(*link.node, *link.module, link.node == chain.front().node);
  names_.add_route(raw_all_, sink_);
  names_.add_route(raw_workstation_, sink_);
  evaluate_parts();
  if (chain.size() > 1 && chain_known_) {
    const Link& base = chain[chain.size() - 2];
    pipeline_->base = PipelineAnalysis(declarations_, profiles_, evaluator_).run(*base.node, *base.module);
  }
  build_routes();
  return std::move(pipeline_);
}

// The pipeline and what it extends, the outermost base first. Where a base is not known the pipeline is as
// open as a base: what it lacks may be there.
std::vector<PipelineAnalysis::Link> PipelineAnalysis::chain_of(const ast::Pipeline& node, const Module& own) {
  std::vector<Link> chain{{&node, &own}};
  while (const auto& base = chain.back().node->base) {
    const Module& module = *chain.back().module;
    const std::string name = base->text();
    const Entity* next = declarations_.find(module, name, {EntityKind::pipeline});
    const auto* next_node = next == nullptr ? nullptr : &std::get<ast::Pipeline>(*next->node);
    const bool circular =
        std::any_of(chain.begin(), chain.end(), [&](const Link& link) { return link.node == next_node; });
    const bool too_long = chain.size() >= max_chain;
    if (next != nullptr && !circular && !too_long) {
      chain.push_back({next_node, next->module});
      continue;
    }
    open_ = true;
    chain_known_ = false;
    declarations_.elements_known = false;
    if (circular) {
      sink_.report(diag::circular_definition, base->span, name);
    } else if (next != nullptr) {
      sink_.report(diag::chain_too_long, node.name.span, node.name.text, static_cast<int>(max_chain));
    } else if (!Declarations::is_missing_import(module, name)) {
      auto report = sink_.report(diag::unknown_name, base->span, "pipeline", name);
      const auto known = declarations_.visible(module, {EntityKind::pipeline}, chain.back().node->name.text);
      if (const auto likely = nearest(name, known)) report.replace(base->span, std::string(*likely));
    }
    break;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

// `pipeline shop: house`, where `house` is a pipeline. What follows from it is not reported.
void PipelineAnalysis::report_pipeline_for_profile(const ast::Pipeline& node) {
  const Span name = node.profile->span;
  auto report = sink_.report(diag::unknown_name, name, "profile", node.profile->text());
  report.note(fmt::format("`{}` is a pipeline; what is derived from one `extends` it", node.profile->text()));
  if (!node.base) {
    const Span between{name.source, node.name.span.end, name.begin};
    report.fix(fmt::format("write `extends {}`", node.profile->text()), {{between, " extends "}});
  }
  open_ = true;
  chain_known_ = false;
  declarations_.elements_known = false;
}

const Profile* PipelineAnalysis::profile_of(const ast::Pipeline& node, const Module& module) {
  const std::string name = node.profile->text();
  if (const Entity* profile = declarations_.find(module, name, {EntityKind::profile}))
    return profiles_.profile(*profile);
  if (Declarations::is_missing_import(module, name)) return nullptr;
  if (declarations_.find(module, name, {EntityKind::pipeline}) != nullptr) {
    report_pipeline_for_profile(node);
    return nullptr;
  }
  const auto known = declarations_.visible(module, {EntityKind::profile});
  auto report = sink_.report(diag::unknown_name, node.profile->span, "profile", name);
  if (const auto likely = nearest(name, known)) {
    report.replace(node.profile->span, std::string(*likely));
  } else {
    declarations_.offer_import(report, node.profile->span, name, module, {EntityKind::profile});
  }
  return nullptr;
}

// An heir has the profile of its base, or one that extends it.
void PipelineAnalysis::find_profile(const std::vector<Link>& chain) {
  bool named = false;
  for (const Link& link : chain) {
    const ast::Pipeline& node = *link.node;
    if (!node.profile) continue;
    named = true;
    const Profile* profile = profile_of(node, *link.module);
    if (profile == nullptr) continue;
    if (pipeline_->profile != nullptr && !extends(*profile, *pipeline_->profile)) {
      sink_.report(diag::profile_of_heir, node.profile->span, profile->name, pipeline_->profile->name);
      continue;
    }
    pipeline_->profile = profile;
  }
  if (named || !chain_known_) return;
  auto report = sink_.report(diag::pipeline_without_profile, pipeline_->head, pipeline_->name);
  const Link& link = chain.back();
  const auto known = declarations_.visible(*link.module, {EntityKind::profile});
  const Span behind{link.node->name.span.source, link.node->name.span.end, link.node->name.span.end};
  if (known.size() == 1) {
    report.fix(fmt::format("write `pipeline {}: {}`", pipeline_->name, known.front()),
               {{behind, fmt::format(": {}", known.front())}});
  } else if (known.empty()) {
    report.note(fmt::format("write `pipeline {}: PROFILE`; `import MODULE {{ PROFILE }}` makes one visible",
                            pipeline_->name));
  } else {
    const std::vector<std::string> names(known.begin(), known.end());
    report.note(
        fmt::format("write `pipeline {}: PROFILE`; visible are {}", pipeline_->name, quoted_list(names)));
  }
}

void PipelineAnalysis::collect(const ast::Pipeline& node, const Module& module, bool is_root) {
  // Kinds of names have spaces of their own: an environment and its stage may share one.
  std::map<std::pair<size_t, std::string_view>, Span> declared;
  std::map<size_t, size_t> counts;
  const auto fits = [&](size_t space) {
    const size_t count = ++counts[space];
    if (count == max_parts + 1)
      declarations_.capped(count, fmt::format("pipeline `{}`", node.name.text), "parts of one kind",
                           node.head);
    return count <= max_parts;
  };
  const auto is_new = [&](size_t space, std::string_view name, Span span) {
    if (!fits(space)) return false;
    const auto [first, added] = declared.emplace(std::pair(space, name), span);
    if (!added) {
      sink_.report(diag::declared_twice, span, name).label(first->second, "first declared here");
      // One of them has the wrong name, so what is missing under the right one is not.
      declarations_.elements_known = false;
    }
    return added;
  };
  std::vector<ast::Field>& fields = fields_.emplace_back();
  for (const ast::PipelineItem& item : node.items) {
    const size_t space = item.node.index();
    if (const auto* block = std::get_if<ast::Block>(&item.node)) {
      constexpr size_t block_spaces = std::variant_size_v<decltype(item.node)>;
      const bool metrics = block->kind == ast::Block::Kind::metrics;
      const bool nameless = metrics || block->kind == ast::Block::Kind::notify;
      if (!nameless && block->name.empty()) continue;
      const std::string_view name = nameless ? (metrics ? "metrics" : "notify") : block->name.text;
      const Span span = nameless ? block->head : block->name.span;
      if (is_new(block_spaces + static_cast<size_t>(block->kind), name, span)) collect_block(*block, module);
    } else if (const auto* artifact = std::get_if<ast::ArtifactDecl>(&item.node)) {
      if (fits(space)) externals_.push_back({artifact, &module});
    } else if (const auto* stage = std::get_if<ast::Stage>(&item.node)) {
      if (!stage->name.empty() && is_new(space, stage->name.text, stage->name.span))
        collect_stage(*stage, module, is_root);
    } else if (const auto* route = std::get_if<ast::Route>(&item.node)) {
      if (!route->hotfix && route->name.empty()) continue;
      const bool first = route->hotfix ? is_new(space, "hotfix", route->head)
                                       : is_new(space, route->name.text, route->name.span);
      if (first) collect_route(*route, node, module);
    } else if (const auto* exemption = std::get_if<ast::Exemption>(&item.node)) {
      if (fits(space)) exemptions_.push_back({exemption, &module});
    } else if (const auto* field = std::get_if<ast::Field>(&item.node)) {
      fields.push_back(*field);
    }
  }
  field_layers_.push_back({&fields, &module});
  collect_derivations(node, module, is_root);
}

void PipelineAnalysis::collect_block(const ast::Block& block, const Module& module) {
  if (block.kind == ast::Block::Kind::source) names_.sources.emplace(block.name.text, block.name.span);
  if (block.kind == ast::Block::Kind::environment)
    names_.environments.emplace(block.name.text, block.name.span);
  const auto same = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) {
    return part.kind == block.kind && part.node->name.text == block.name.text;
  });
  Part& part = same != parts_.end() ? *same : parts_.emplace_back(Part{block.kind, nullptr, {}});
  part.node = &block;
  part.layers.push_back({&block.properties, &module});
}

void PipelineAnalysis::collect_stage(const ast::Stage& node, const Module& module, bool is_root) {
  if (!is_root) {
    report_stage_of_heir(node);
    declarations_.elements_known = false;
    return;
  }
  RawBuilder builder(declarations_, module, pipeline_->profile);
  builder.environments_by([&](std::string_view name) { return names_.environments.contains(name); });
  RawStage stage = builder.stage(node);
  names_.stages.emplace(stage.name, node.name.span);
  RawRoute& route = stage.role != nullptr && !stage.role->in_pipeline ? raw_workstation_ : raw_all_;
  route.stages.push_back(std::move(stage));
}

void PipelineAnalysis::collect_route(const ast::Route& node, const ast::Pipeline& pipeline,
                                     const Module& module) {
  if (!node.hotfix) names_.routes.emplace(node.name.text, node.name.span);
  const auto same = std::find_if(route_parts_.begin(), route_parts_.end(), [&](const RoutePart& part) {
    return part.node->hotfix == node.hotfix && part.node->name.text == node.name.text;
  });
  RoutePart& part = same != route_parts_.end() ? *same : route_parts_.emplace_back();
  part.node = &node;
  RoutePart::Source& source = part.sources.emplace_back(RoutePart::Source{&node, &module, pipeline.span, {}});
  for (const auto& item : node.items) {
    if (const auto* field = std::get_if<ast::Field>(&item)) source.fields.push_back(*field);
  }
}

}  // namespace pipec::sema
