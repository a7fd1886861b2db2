#include "compiler/diag/kinds/syntax.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/parse/builder.h"
#include "compiler/support/text.h"

#include <array>

namespace pipec::parse {

void Builder::build_file(PipeParser::FileContext* context, ast::File& file) {
  file.version = build_version(context);
  for (auto* declaration : context->topLevel())
    build_top_level(declaration, file);
}

Span Builder::build_version(PipeParser::FileContext* context) {
  const Span start{tokens_.source, 0, 0};
  if (context->PIPE() == nullptr) {
    // Behind the byte order mark, if there is one.
    const uint32_t first = sources_.text(tokens_.source).starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const Span at_first{tokens_.source, first, first};
    if (!errors_.any())
      sink_.report(diag::missing_version, start).fix("begin with it", {{at_first, "pipe 1\n"}}, true);
    return {};
  }
  const Span keyword = span(*context->PIPE()->getSymbol());
  if (context->NUMBER() == nullptr) return keyword;
  const Span at = span(*context->NUMBER()->getSymbol());
  if (text(at) != "1") sink_.report(diag::unknown_version, at, text(at)).replace(at, "1");
  return join(keyword, at);
}

void Builder::build_top_level(PipeParser::TopLevelContext* context, ast::File& file) {
  // A declaration whose head could not be read has nothing to say.
  if (context->exception != nullptr || context->children.empty()) return;
  auto* child = dynamic_cast<antlr4::ParserRuleContext*>(context->children.front());
  if (child == nullptr || (child->exception != nullptr && child->children.empty())) return;
  auto& declarations = file.declarations;
  if (auto* import = context->importDecl()) file.imports.push_back(build_import(import));
  if (auto* let = context->letDecl()) declarations.emplace_back(build_let(let));
  if (auto* variant = context->variantDecl()) declarations.emplace_back(build_variant(variant));
  if (auto* capability = context->capabilityDecl()) declarations.emplace_back(build_capability(capability));
  if (auto* profile = context->profileDecl()) declarations.emplace_back(build_profile(profile));
  if (auto* group = context->groupDecl()) declarations.emplace_back(build_group(group));
  if (auto* definition = context->definition()) {
    if (definition->element() != nullptr) declarations.emplace_back(build_element(definition->element()));
  }
  if (auto* stage = context->stageDefinition()) declarations.emplace_back(build_stage_definition(stage));
  if (auto* pipeline = context->pipelineDecl()) declarations.emplace_back(build_pipeline(pipeline));
  if (auto* test = context->testDecl()) declarations.emplace_back(build_test(test));
  if (auto* runbook = context->runbookDecl()) declarations.emplace_back(build_runbook(runbook));
  if (auto* target = context->targetDecl()) declarations.emplace_back(build_target(target));
  if (auto* levels = context->severityDecl()) declarations.emplace_back(build_severities(levels));
}

ast::Import Builder::build_import(PipeParser::ImportDeclContext* context) {
  ast::Import import;
  import.span = span(context);
  if (context->TEXT() != nullptr) {
    ast::Expr path = build_text(context->TEXT()->getSymbol());
    import.module_span = path.span;
    const auto& literal = std::get<ast::TextExpr>(path.node);
    if (!literal.references.empty()) {
      report(diag::interpolated_path, path.span);
    } else {
      import.path = literal.texts.front();
    }
  } else {
    import.module = build_name(context->name());
    import.module_span = import.module.span;
  }
  for (auto* item : context->importItem()) {
    ast::ImportItem built{build_name(item->name(0)), std::nullopt};
    if (item->AS() != nullptr && item->name(1) != nullptr) built.alias = build_name(item->name(1));
    if (!built.name.empty()) import.items.push_back(built);
  }
  return import;
}

ast::Let Builder::build_let(PipeParser::LetDeclContext* context) {
  return {build_name(context->name()), build_type(context->type()), build_expression(context->expr()),
          doc_before(context->getStart()), span(context)};
}

ast::Variant Builder::build_variant(PipeParser::VariantDeclContext* context) {
  ast::Variant variant{build_name(context->name()), {}, doc_before(context->getStart()), span(context)};
  for (auto* constructor : context->constructor()) {
    variant.constructors.push_back({build_name(constructor->name()),
                                    build_parameters(constructor->parameter()),
                                    doc_before(constructor->getStart()), span(constructor)});
  }
  return variant;
}

ast::Capability Builder::build_capability(PipeParser::CapabilityDeclContext* context) {
  ast::Capability capability;
  capability.name = build_name(context->name());
  capability.doc = doc_before(context->getStart());
  capability.span = span(context);
  antlr4::ParserRuleContext* head_end = context->capabilityKind();
  if (auto* kind = context->capabilityKind(); kind != nullptr && kind->getStart() != nullptr) {
    switch (kind->getStart()->getType()) {
      case PipeLexer::GATE:
        capability.kind = ast::CapabilityKind::gate;
        break;
      case PipeLexer::APPROVAL:
        capability.kind = ast::CapabilityKind::approval;
        break;
      case PipeLexer::DEPLOY:
        capability.kind = ast::CapabilityKind::deploy;
        break;
      case PipeLexer::SOURCE:
        capability.kind = ast::CapabilityKind::source;
        break;
      case PipeLexer::METRIC:
        capability.kind = ast::CapabilityKind::metric;
        break;
      default:
        break;
    }
  }
  if (context->path() != nullptr) {
    capability.parent = build_path(context->path());
    head_end = context->path();
  }
  capability.head = head(context, head_end);
  if (auto* body = context->body()) {
    for (auto* item : body->bodyItem()) {
      if (auto* parameter = item->parameter()) capability.parameters.push_back(build_parameter(parameter));
      if (auto field = build_property(item->property())) capability.properties.push_back(std::move(*field));
      if (item->ON() != nullptr) report(diag::lowering_not_here, span(item), "a capability");
    }
  }
  return capability;
}

ast::PeopleGroup Builder::build_group(PipeParser::GroupDeclContext* context) {
  return {build_name(context->name()), build_properties(context->propertyBody()),
          doc_before(context->getStart()), head(context, context->name()), span(context)};
}

ast::Severities Builder::build_severities(PipeParser::SeverityDeclContext* context) {
  const Span word = context->SEVERITY() == nullptr ? span(context) : span(*context->SEVERITY()->getSymbol());
  return {build_properties(context->propertyBody()), word, span(context)};
}

ast::StageDefinition Builder::build_stage_definition(PipeParser::StageDefinitionContext* context) {
  ast::StageDefinition definition;
  definition.parameters = build_parameters(context->parameter());
  ast::Stage& stage = definition.stage;
  stage.name = build_name(context->name(0));
  if (context->name(1) != nullptr) stage.role = build_name(context->name(1));
  if (context->path() != nullptr) stage.environment = build_path(context->path());
  stage.doc = doc_before(context->getStart());
  stage.head = head(context, context->name(0));
  stage.span = span(context);
  stage.has_body = true;
  if (context->stageBody() != nullptr) build_stage_items(context->stageBody()->stageItem(), stage.items);
  return definition;
}

ast::Comparison Builder::build_comparison(PipeParser::ComparisonContext* context) {
  const size_t type = context == nullptr || context->getStart() == nullptr ? size_t{PipeLexer::EQ}
                                                                           : context->getStart()->getType();
  switch (type) {
    case PipeLexer::NE:
      return ast::Comparison::not_equal;
    case PipeLexer::LT:
      return ast::Comparison::less;
    case PipeLexer::LE:
      return ast::Comparison::less_equal;
    case PipeLexer::GT:
      return ast::Comparison::greater;
    case PipeLexer::GE:
      return ast::Comparison::greater_equal;
    default:
      return ast::Comparison::equal;
  }
}

ast::Comparison Builder::build_relation(PipeParser::RelationContext* context) {
  if (context == nullptr || context->name() == nullptr)
    return build_comparison(context == nullptr ? nullptr : context->comparison());
  constexpr std::array words{ast::Comparison::contains, ast::Comparison::lacks, ast::Comparison::before};
  const ast::Name name = build_name(context->name());
  std::vector<std::string_view> known;
  for (const ast::Comparison word : words) {
    if (to_string(word) == name.text) return word;
    known.push_back(to_string(word));
  }
  if (auto report = this->report(diag::unknown_comparison, name.span, name.text)) {
    auto* item = dynamic_cast<PipeParser::TestItemContext*>(context->parent);
    const bool places = item != nullptr && item->path() != nullptr && item->expr() != nullptr &&
                        as<PipeParser::ReferenceContext>(item->expr()) != nullptr;
    if (name.text == "after" && places) {
      const Span first = span(item->path());
      const Span second = span(item->expr());
      const std::string turned = std::string(text(second)) + " before " + std::string(text(first));
      report->fix("write `" + turned + "`", {{join(first, second), turned}});
    } else if (const auto likely = nearest(name.text, known)) {
      report->replace(name.span, std::string(*likely));
    }
  }
  return ast::Comparison::equal;
}

ast::Test Builder::build_test(PipeParser::TestDeclContext* context) {
  ast::Test test;
  test.span = span(context);
  test.head = test.span;
  if (context->TEXT() != nullptr) {
    test.title = build_text(context->TEXT()->getSymbol());
    test.head = join(span(*context->getStart()), test.title.span);
  }
  for (auto* item : context->testItem()) {
    if (item->pipelineDecl() != nullptr) {
      test.items.emplace_back(ast::GivenPipeline{build_pipeline(item->pipelineDecl()), span(item)});
    } else if (item->GIVEN() != nullptr) {
      ast::Given given{build_properties(item->propertyBody()), span(item)};
      if (auto field = build_property(item->property())) given.properties.push_back(std::move(*field));
      test.items.emplace_back(std::move(given));
    } else if (item->EXPECT() != nullptr) {
      auto* relation = item->relation();
      test.items.emplace_back(ast::Expectation{build_path(item->path()), build_relation(relation),
                                               relation == nullptr ? span(item) : span(relation),
                                               build_expression(item->expr()), span(item)});
    } else if (auto field = build_property(item->property())) {
      test.items.emplace_back(std::move(*field));
    }
  }
  return test;
}

ast::Runbook Builder::build_runbook(PipeParser::RunbookDeclContext* context) {
  ast::Runbook runbook{build_name(context->name()),
                       {},
                       doc_before(context->getStart()),
                       head(context, context->name()),
                       span(context)};
  for (auto* item : context->runbookItem()) {
    if (item->TEXT() == nullptr) {
      if (auto field = build_property(item->property())) runbook.items.emplace_back(std::move(*field));
      continue;
    }
    ast::RunbookStep step;
    if (item->CONFIRM() != nullptr) step.kind = ast::RunbookStep::Kind::confirm;
    if (item->LINK() != nullptr) step.kind = ast::RunbookStep::Kind::link;
    step.text = build_text(item->TEXT()->getSymbol());
    step.properties = build_properties(item->propertyBody());
    step.span = span(item);
    runbook.items.emplace_back(std::move(step));
  }
  return runbook;
}

ast::TargetDecl Builder::build_target(PipeParser::TargetDeclContext* context) {
  ast::TargetDecl target;
  target.name = build_name(context->name());
  target.doc = doc_before(context->getStart());
  target.head = head(context, context->name());
  target.span = span(context);
  for (auto* item : context->targetItem()) {
    if (item->BLOCK() != nullptr) {
      target.blocks.push_back({build_name(item->name()), build_parameters(item->parameter()),
                               doc_before(item->getStart()), span(item)});
    } else if (auto* parameter = item->parameter(0)) {
      target.parameters.push_back(build_parameter(parameter));
    } else if (auto field = build_property(item->property())) {
      target.properties.push_back(std::move(*field));
    }
  }
  return target;
}

ast::Profile Builder::build_profile(PipeParser::ProfileDeclContext* context) {
  ast::Profile profile;
  profile.name = build_name(context->name());
  if (context->path() != nullptr) profile.parent = build_path(context->path());
  profile.doc = doc_before(context->getStart());
  profile.head =
      head(context, context->path() != nullptr ? static_cast<antlr4::ParserRuleContext*>(context->path())
                                               : context->name());
  profile.span = span(context);
  for (auto* item : context->profileItem())
    build_profile_item(item, profile.items);
  return profile;
}

ast::Condition Builder::build_condition(PipeParser::ConditionContext* context) {
  ast::Condition condition;
  condition.span = span(context);
  condition.subject = build_expression(context->expr(0));
  if (context->comparison() != nullptr) {
    condition.comparison = build_comparison(context->comparison());
    condition.value = build_expression(context->expr(1));
  }
  return condition;
}

void Builder::build_profile_item(PipeParser::ProfileItemContext* context,
                                 std::vector<ast::ProfileItem>& items) {
  if (context->exception != nullptr) return;
  if (auto* role = as<PipeParser::RoleContext>(context)) {
    ast::Role built{
        build_name(role->name()), {}, doc_before(role->getStart()), head(role, role->name()), span(role)};
    for (auto* item : role->profileItem())
      build_profile_item(item, built.items);
    items.push_back({std::move(built)});
  } else if (auto* requirement = as<PipeParser::RequirementContext>(context)) {
    ast::Requirement built;
    const size_t level = requirement->requirementLevel()->getStart()->getType();
    if (level == PipeLexer::RECOMMEND) built.level = ast::Requirement::Level::recommend;
    if (level == PipeLexer::FORBID) built.level = ast::Requirement::Level::forbid;
    for (auto* path : requirement->path())
      built.alternatives.push_back(build_path(path));
    // `with (a, b)` comes before `in role`: the last name is the role when there is an `in`.
    auto names = requirement->name();
    if (requirement->IN() != nullptr && !names.empty()) {
      built.role = build_name(names.back());
      names.pop_back();
    }
    for (auto* name : names)
      built.with.push_back(build_name(name));
    if (requirement->condition() != nullptr) built.when = build_condition(requirement->condition());
    built.properties = build_properties(requirement->propertyBody());
    built.head =
        requirement->path().empty() ? span(requirement) : head(requirement, requirement->path().back());
    built.span = span(requirement);
    items.push_back({std::move(built)});
  } else if (auto* order = as<PipeParser::OrderRuleContext>(context)) {
    items.push_back(
        {ast::OrderRule{build_path(order->path(0)), order->BEFORE() != nullptr, build_path(order->path(1)),
                        build_properties(order->propertyBody()), head(order, order->path(1)), span(order)}});
  } else if (auto* rule = as<PipeParser::RuleContext>(context)) {
    items.push_back({ast::Rule{build_name(rule->name()), build_properties(rule->propertyBody()),
                               head(rule, rule->name()), span(rule)}});
  } else if (auto* budget = as<PipeParser::BudgetRuleContext>(context)) {
    const ast::Name name = build_name(budget->name());
    if (name.text != "budget") report(diag::only_budget_compares, name.span, name.text);
    items.push_back(
        {ast::BudgetRule{budget->LE() != nullptr ? ast::Comparison::less_equal : ast::Comparison::less,
                         build_expression(budget->expr()), build_properties(budget->propertyBody()),
                         head(budget, budget->expr()), span(budget)}});
  } else if (auto* property = as<PipeParser::ProfilePropertyContext>(context)) {
    if (auto field = build_property(property->property())) items.push_back({std::move(*field)});
  }
}

}  // namespace pipec::parse
