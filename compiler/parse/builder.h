// Parse tree to syntax tree, one typed function per rule. After a syntax error children are missing; what
// cannot be built is left out.
#pragma once

#include "PipeLexer.h"
#include "PipeParser.h"
#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/parse/syntax_errors.h"
#include "compiler/parse/token_stream.h"

#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

namespace pipec::parse {

// The alternative of a rule that a context is, or null. The classes of alternatives have no heirs, so
// comparing types is enough; a dynamic_cast for each of them would take a fifth of the time of a parse.
template <class Alternative>
Alternative* as(antlr4::ParserRuleContext* context) {
  return typeid(*context) == typeid(Alternative) ? static_cast<Alternative*>(context) : nullptr;
}

class Builder {
 public:
  Builder(const Tokens& tokens, antlr4::CommonTokenStream& stream, const SourceManager& sources,
          const SyntaxErrors& errors, DiagnosticSink& sink)
      : tokens_(tokens), stream_(stream), sources_(sources), errors_(errors), sink_(sink) {}

  void build_file(PipeParser::FileContext* context, ast::File& file);

 private:
  // build_declarations.cpp
  Span build_version(PipeParser::FileContext* context);
  void build_top_level(PipeParser::TopLevelContext* context, ast::File& file);
  ast::Import build_import(PipeParser::ImportDeclContext* context);
  ast::Let build_let(PipeParser::LetDeclContext* context);
  ast::Variant build_variant(PipeParser::VariantDeclContext* context);
  ast::Capability build_capability(PipeParser::CapabilityDeclContext* context);
  ast::PeopleGroup build_group(PipeParser::GroupDeclContext* context);
  ast::StageDefinition build_stage_definition(PipeParser::StageDefinitionContext* context);
  ast::Test build_test(PipeParser::TestDeclContext* context);
  ast::Severities build_severities(PipeParser::SeverityDeclContext* context);
  ast::Runbook build_runbook(PipeParser::RunbookDeclContext* context);
  ast::TargetDecl build_target(PipeParser::TargetDeclContext* context);
  ast::Profile build_profile(PipeParser::ProfileDeclContext* context);
  void build_profile_item(PipeParser::ProfileItemContext* context, std::vector<ast::ProfileItem>& items);
  ast::Condition build_condition(PipeParser::ConditionContext* context);
  ast::Comparison build_comparison(PipeParser::ComparisonContext* context);
  ast::Comparison build_relation(PipeParser::RelationContext* context);

  // build_pipeline.cpp
  ast::Pipeline build_pipeline(PipeParser::PipelineDeclContext* context);
  void build_pipeline_item(PipeParser::PipelineItemContext* context, std::vector<ast::PipelineItem>& items);
  ast::Route build_route(antlr4::ParserRuleContext* context, PipeParser::NameContext* name,
                         const std::vector<PipeParser::RouteItemContext*>& items);
  ast::Exemption build_exemption(PipeParser::ExemptionContext* context);
  ast::Stage build_stage(PipeParser::StageContext* context);
  void build_stage_items(const std::vector<PipeParser::StageItemContext*>& contexts,
                         std::vector<ast::StageItem>& items);
  ast::Element build_element(PipeParser::ElementContext* context);
  void build_body(PipeParser::BodyContext* context, ast::Element& element);
  std::optional<ast::Derivation> build_derivation(PipeParser::DerivationContext* context);
  ast::Place build_place(PipeParser::PlaceContext* context);
  std::optional<ast::Reason> build_reason(PipeParser::ReasonContext* context);
  // The first of them; one behind the body is reported.
  std::optional<ast::Reason> build_reason(const std::vector<PipeParser::ReasonContext*>& reasons,
                                          antlr4::ParserRuleContext* body);
  ast::ElementKind build_element_kind(PipeParser::ElementKindContext* context);
  // The braces were forgotten, or the colon: a property that begins on the line of an element without a body.
  bool report_forgotten_body(const ast::Element& element, PipeParser::PropertyContext* property);

  // build_values.cpp
  bool report_word_of_another_language(Span key);
  bool report_nameless_element(PipeParser::AssignmentContext* context);
  std::optional<ast::Field> build_property(PipeParser::PropertyContext* context);
  std::vector<ast::Field> build_properties(const std::vector<PipeParser::PropertyContext*>& contexts);
  std::vector<ast::Field> build_properties(PipeParser::PropertyBodyContext* context);
  ast::Expr build_expression(PipeParser::ExprContext* context);
  ast::RecordExpr build_record(PipeParser::RecordContext* context);
  // `callee`: what it is an argument of.
  ast::Argument build_argument(PipeParser::ArgumentContext* context, std::string_view callee = "");
  ast::TypeExpr build_type(PipeParser::TypeContext* context);
  ast::Parameter build_parameter(PipeParser::ParameterContext* context);
  std::vector<ast::Parameter> build_parameters(const std::vector<PipeParser::ParameterContext*>& contexts);
  ast::Path build_path(PipeParser::PathContext* context);
  ast::Name build_name(antlr4::ParserRuleContext* context);
  ast::Expr build_text(antlr4::Token* token);

  // builder.cpp
  Span span(antlr4::ParserRuleContext* context) const;
  Span span(const antlr4::Token& token) const { return tokens_.span(token); }
  // From the start of `context` to the end of `last`, or of `context` when there is none.
  Span head(antlr4::ParserRuleContext* context, antlr4::ParserRuleContext* last) const;
  std::string_view text(Span span) const { return sources_.text(span); }
  // The `##` lines directly above the token.
  std::string doc_before(antlr4::Token* token) const;
  // The builder's own reports; dropped where a syntax error has said enough.
  template <class... Args>
  std::optional<DiagnosticBuilder> report(const DiagnosticKind<Args...>& kind, Span at,
                                          const std::type_identity_t<Args>&... args) {
    if (errors_.reported_on_line(sources_.place(at).line)) return std::nullopt;
    return sink_.report(kind, at, args...);
  }
  const Tokens& tokens_;
  antlr4::CommonTokenStream& stream_;
  const SourceManager& sources_;
  const SyntaxErrors& errors_;
  DiagnosticSink& sink_;
};

}  // namespace pipec::parse
