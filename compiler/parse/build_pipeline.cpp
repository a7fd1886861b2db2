#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/builder.h"

namespace pipec::parse {

ast::Pipeline Builder::build_pipeline(PipeParser::PipelineDeclContext* context) {
  ast::Pipeline pipeline;
  pipeline.is_base = context->BASE() != nullptr;
  pipeline.name = build_name(context->name());
  size_t next_path = 0;
  if (context->COLON() != nullptr && context->path(0) != nullptr) {
    pipeline.profile = build_path(context->path(next_path++));
  }
  if (context->EXTENDS() != nullptr && context->path(next_path) != nullptr) {
    pipeline.base = build_path(context->path(next_path++));
  }
  pipeline.doc = doc_before(context->getStart());
  antlr4::ParserRuleContext* head_end = context->name();
  if (next_path > 0) head_end = context->path(next_path - 1);
  pipeline.head = head(context, head_end);
  pipeline.span = span(context);
  for (auto* item : context->pipelineItem())
    build_pipeline_item(item, pipeline.items);
  return pipeline;
}

void Builder::build_pipeline_item(PipeParser::PipelineItemContext* context,
                                  std::vector<ast::PipelineItem>& items) {
  if (context->exception != nullptr) return;
  if (auto* block = as<PipeParser::BlockContext>(context)) {
    ast::Block built;
    if (block->ENVIRONMENT() != nullptr) built.kind = ast::Block::Kind::environment;
    if (block->TARGET() != nullptr) built.kind = ast::Block::Kind::target;
    built.name = build_name(block->name());
    built.properties = build_properties(block->propertyBody());
    built.doc = doc_before(block->getStart());
    built.head = head(block, block->name());
    built.span = span(block);
    items.push_back({std::move(built)});
  } else if (auto* nameless = as<PipeParser::NamelessBlockContext>(context)) {
    ast::Block built;
    built.kind = nameless->METRICS() != nullptr ? ast::Block::Kind::metrics : ast::Block::Kind::notify;
    built.properties = build_properties(nameless->propertyBody());
    built.head = span(*nameless->getStart());
    built.span = span(nameless);
    items.push_back({std::move(built)});
  } else if (auto* artifact = as<PipeParser::ArtifactContext>(context)) {
    items.push_back({ast::ArtifactDecl{build_name(artifact->name()), build_expression(artifact->expr()),
                                       span(artifact)}});
  } else if (auto* stage = as<PipeParser::PipelineStageContext>(context)) {
    if (stage->stage() != nullptr) items.push_back({build_stage(stage->stage())});
  } else if (auto* route = as<PipeParser::RouteContext>(context)) {
    items.push_back({build_route(route, route->name(), route->routeItem())});
  } else if (auto* hotfix = as<PipeParser::HotfixContext>(context)) {
    items.push_back({build_route(hotfix, nullptr, hotfix->routeItem())});
  } else if (auto* exemption = as<PipeParser::ExemptionContext>(context)) {
    items.push_back({build_exemption(exemption)});
  } else if (auto* derivation = as<PipeParser::PipelineDerivationContext>(context)) {
    if (auto built = build_derivation(derivation->derivation())) items.push_back({std::move(*built)});
  } else if (auto* property = as<PipeParser::PipelinePropertyContext>(context)) {
    if (auto field = build_property(property->property())) items.push_back({std::move(*field)});
  }
}

ast::Route Builder::build_route(antlr4::ParserRuleContext* context, PipeParser::NameContext* name,
                                const std::vector<PipeParser::RouteItemContext*>& items) {
  ast::Route route;
  route.hotfix = name == nullptr;
  route.name = build_name(name);
  route.doc = doc_before(context->getStart());
  route.head = name == nullptr ? span(*context->getStart()) : head(context, name);
  route.span = span(context);
  for (auto* item : items) {
    if (item->derivation() != nullptr) {
      if (auto derivation = build_derivation(item->derivation()))
        route.items.emplace_back(std::move(*derivation));
    } else if (auto field = build_property(item->property())) {
      route.items.emplace_back(std::move(*field));
    }
  }
  return route;
}

ast::Exemption Builder::build_exemption(PipeParser::ExemptionContext* context) {
  ast::Exemption exemption;
  if (context->NOT_APPLICABLE() != nullptr) exemption.kind = ast::Exemption::Kind::not_applicable;
  if (context->ATTEST() != nullptr) exemption.kind = ast::Exemption::Kind::attest;
  exemption.place = build_path(context->path());
  exemption.reason = build_reason(context->reason(), context->propertyBody());
  exemption.properties = build_properties(context->propertyBody());
  exemption.head = head(context, context->path());
  exemption.span = span(context);
  return exemption;
}

ast::Stage Builder::build_stage(PipeParser::StageContext* context) {
  ast::Stage stage;
  stage.name = build_name(context->name(0));
  antlr4::ParserRuleContext* head_end = context->name(0);
  if (context->COLON() != nullptr && context->name(1) != nullptr) {
    stage.role = build_name(context->name(1));
    head_end = context->name(1);
  }
  if (context->EQ() != nullptr && context->path() != nullptr) {
    ast::StageCall call{build_path(context->path()), {}, span(context->path())};
    for (auto* argument : context->argument())
      call.arguments.push_back(build_argument(argument));
    stage.call = std::move(call);
    head_end = context->path();
  } else if (context->path() != nullptr) {
    stage.environment = build_path(context->path());
    head_end = context->path();
  }
  stage.doc = doc_before(context->getStart());
  stage.head = head(context, head_end);
  stage.span = span(context);
  stage.has_body = context->stageBody() != nullptr;
  if (stage.has_body) build_stage_items(context->stageBody()->stageItem(), stage.items);
  return stage;
}

bool Builder::report_forgotten_body(const ast::Element& element, PipeParser::PropertyContext* property) {
  const Span at = span(property);
  const std::string_view between = text({at.source, element.span.end, at.begin});
  if (element.has_body || between.find('\n') != std::string_view::npos) return false;
  if (as<PipeParser::MissingEqualsContext>(property) != nullptr && element.what.empty()) {
    const Span after_name{at.source, element.span.end, element.span.end};
    if (auto r = report(diag::missing_colon, at, element.name.text)) r->fix("add `:`", {{after_name, ":"}});
    return true;
  }
  if (auto r = report(diag::forgotten_braces, at, to_string(element.kind), element.name.text)) {
    const Span before{at.source, at.begin, at.begin};
    const Span after{at.source, at.end, at.end};
    r->fix("put the properties in braces", {{before, "{ "}, {after, " }"}});
  }
  return true;
}

void Builder::build_stage_items(const std::vector<PipeParser::StageItemContext*>& contexts,
                                std::vector<ast::StageItem>& items) {
  for (auto* context : contexts) {
    if (context->exception != nullptr) continue;
    if (context->element() != nullptr) {
      items.emplace_back().node = build_element(context->element());
    } else if (auto* group = context->orderGroup()) {
      ast::Group built;
      const size_t order = group->getStart()->getType();
      if (order == PipeLexer::SEQUENCE) built.order = ast::Group::Order::sequence;
      if (order == PipeLexer::ALWAYS) built.order = ast::Group::Order::always;
      built.name = build_name(group->name());
      built.span = span(group);
      build_stage_items(group->stageItem(), built.items);
      items.emplace_back().node = std::move(built);
    } else if (context->property() != nullptr) {
      const auto* element = items.empty() ? nullptr : std::get_if<ast::Element>(&items.back().node);
      if (element != nullptr && report_forgotten_body(*element, context->property())) continue;
      if (auto field = build_property(context->property())) items.emplace_back().node = std::move(*field);
    }
  }
}

ast::ElementKind Builder::build_element_kind(PipeParser::ElementKindContext* context) {
  if (context == nullptr || context->getStart() == nullptr) return ast::ElementKind::action;
  switch (context->getStart()->getType()) {
    case PipeLexer::GATE:
      return ast::ElementKind::gate;
    case PipeLexer::APPROVAL:
      return ast::ElementKind::approval;
    case PipeLexer::DEPLOY:
      return ast::ElementKind::deploy;
    default:
      return ast::ElementKind::action;
  }
}

ast::Element Builder::build_element(PipeParser::ElementContext* context) {
  ast::Element element;
  element.kind = build_element_kind(context->elementKind());
  element.name = build_name(context->name());
  for (auto* path : context->path())
    element.what.push_back(build_path(path));
  antlr4::ParserRuleContext* head_end = context->name();
  if (!context->path().empty()) head_end = context->path().back();
  element.doc = doc_before(context->getStart());
  element.head = head(context, head_end);
  element.span = span(context);
  if (context->body() != nullptr) build_body(context->body(), element);
  return element;
}

void Builder::build_body(PipeParser::BodyContext* context, ast::Element& element) {
  element.has_body = true;
  for (auto* item : context->bodyItem()) {
    if (item->exception != nullptr) continue;
    if (item->PARAM() != nullptr) {
      if (item->parameter() != nullptr) element.parameters.push_back(build_parameter(item->parameter()));
    } else if (item->ON() != nullptr) {
      element.lowerings.push_back(
          {build_name(item->name()), build_properties(item->propertyBody()), span(item)});
    } else if (auto field = build_property(item->property())) {
      element.properties.push_back(std::move(*field));
    }
  }
}

ast::Place Builder::build_place(PipeParser::PlaceContext* context) {
  ast::Place place;
  if (context == nullptr) return place;
  place.stage = context->STAGE() != nullptr;
  place.path = build_path(context->path());
  place.span = span(context);
  return place;
}

std::optional<ast::Reason> Builder::build_reason(PipeParser::ReasonContext* context) {
  if (context == nullptr || context->exception != nullptr || context->getStop() == nullptr)
    return std::nullopt;
  return ast::Reason{build_text(context->getStop()), span(context)};
}

std::optional<ast::Reason> Builder::build_reason(const std::vector<PipeParser::ReasonContext*>& reasons,
                                                 antlr4::ParserRuleContext* body) {
  std::optional<ast::Reason> reason = build_reason(reasons.empty() ? nullptr : reasons.front());
  if (!reason || body == nullptr || body->getStart() == nullptr) return reason;
  const Span braces = span(body);
  const Span last = span(reasons.back());
  if (last.begin < braces.end) return reason;
  if (auto r = report(diag::reason_behind_body, last)) {
    const Span before{last.source, braces.begin, braces.begin};
    const std::string because(text(last));
    r->fix("move it there", {{before, because + " "}, {{last.source, braces.end, last.end}, ""}});
  }
  return reason;
}

std::optional<ast::Derivation> Builder::build_derivation(PipeParser::DerivationContext* context) {
  if (context->exception != nullptr) return std::nullopt;
  if (auto* skip = as<PipeParser::SkipContext>(context)) {
    ast::Skip built;
    for (auto* place : skip->place())
      built.places.push_back(build_place(place));
    built.reason = build_reason(skip->reason());
    built.span = span(skip);
    return built;
  }
  if (auto* override = as<PipeParser::OverrideContext>(context)) {
    ast::Element body;
    if (override->body() != nullptr) build_body(override->body(), body);
    if (!body.parameters.empty())
      report(diag::parameter_not_here, body.parameters.front().span, "an override");
    return ast::Override{build_place(override->place()), build_reason(override->reason(), override->body()),
                         std::move(body.properties), std::move(body.lowerings), span(override)};
  }
  if (auto* add = as<PipeParser::AddContext>(context)) {
    ast::Add built;
    if (add->stage() != nullptr) {
      built.item = build_stage(add->stage());
    } else if (add->element() != nullptr) {
      built.item = build_element(add->element());
    }
    if (add->BEFORE() != nullptr) built.where = ast::Add::Where::before;
    if (add->AFTER() != nullptr) built.where = ast::Add::Where::after;
    if (add->place() != nullptr) built.anchor = build_place(add->place());
    built.reason = build_reason(add->reason());
    built.span = span(add);
    return built;
  }
  if (auto* replace = as<PipeParser::ReplaceContext>(context)) {
    ast::Replace built;
    built.place = build_place(replace->place());
    built.element.kind = build_element_kind(replace->elementKind());
    built.element.name = build_name(replace->name());
    for (auto* path : replace->path())
      built.element.what.push_back(build_path(path));
    if (replace->body() != nullptr) build_body(replace->body(), built.element);
    built.reason = build_reason(replace->reason(), replace->body());
    built.span = span(replace);
    built.element.span = built.span;
    built.element.head = replace->elementKind() != nullptr && replace->name() != nullptr
                             ? join(span(replace->elementKind()), span(replace->name()))
                             : built.span;
    return built;
  }
  if (auto* final = as<PipeParser::FinalContext>(context)) {
    ast::Final built;
    for (auto* path : final->path())
      built.places.push_back(build_path(path));
    built.span = span(final);
    return built;
  }
  return std::nullopt;
}

}  // namespace pipec::parse
