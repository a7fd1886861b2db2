#include "compiler/diag/kinds/syntax.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/parse/builder.h"
#include "compiler/parse/literals.h"
#include "compiler/parse/parse.h"
#include "compiler/support/other_languages.h"

namespace pipec::parse {
namespace {

bool stands_in_record(const antlr4::ParserRuleContext& value) {
  const auto* around = &value;
  while (around != nullptr && around->getRuleIndex() != PipeParser::RuleRecord)
    around = dynamic_cast<const antlr4::ParserRuleContext*>(around->parent);
  return around != nullptr;
}

}  // namespace

ast::Name Builder::build_name(antlr4::ParserRuleContext* context) {
  if (context == nullptr || context->exception != nullptr) return {};
  const Span at = span(context);
  const size_t quotes = text(at).starts_with('"') ? 2 : 0;
  if (text(at).size() > max_name + quotes)
    report(diag::text_too_long, at, "name", static_cast<int>(max_name), "bytes");
  return {text(at), at};
}

ast::Path Builder::build_path(PipeParser::PathContext* context) {
  ast::Path path;
  if (context == nullptr) return path;
  path.span = span(context);
  for (auto* name : context->name())
    path.parts.push_back(build_name(name));
  return path;
}

ast::Expr Builder::build_text(antlr4::Token* token) {
  Span at = span(*token);
  switch (token->getType()) {
    case PipeLexer::TEXT:
      // Typographic quotes, of three bytes each, were reported; of them one byte is left.
      if (!text(at).starts_with('"')) at = {at.source, at.begin + 2, at.end - 2};
      return {at, quoted_text(text(at), at, sink_)};
    case PipeLexer::RAW:
      return {at, raw_text(text(at))};
    default:
      return {at, block_text(text(at), at, sink_)};
  }
}

ast::Argument Builder::build_argument(PipeParser::ArgumentContext* context, std::string_view callee) {
  ast::Argument argument;
  if (context->name() != nullptr) argument.name = build_name(context->name());
  const bool expression = callee == "pattern" && context->expr() != nullptr &&
                          as<PipeParser::TextContext>(context->expr()) != nullptr;
  if (expression) {
    const Span at = span(context->expr());
    argument.value = {at, quoted_text(text(at), at, sink_, TextUse::expression)};
  } else {
    argument.value = build_expression(context->expr());
  }
  return argument;
}

ast::Expr Builder::build_expression(PipeParser::ExprContext* context) {
  if (context == nullptr) return {};
  const Span at = span(context);
  if (as<PipeParser::TextContext>(context) != nullptr || as<PipeParser::RawContext>(context) != nullptr ||
      as<PipeParser::BlockTextContext>(context) != nullptr) {
    return build_text(context->getStart());
  }
  if (as<PipeParser::NumberContext>(context) != nullptr) {
    const auto value = number(text(at), at, sink_, text(at).starts_with('0') && stands_in_record(*context));
    return value ? ast::Expr{at, *value} : ast::Expr{at, ast::MissingExpr{}};
  }
  if (as<PipeParser::DateContext>(context) != nullptr) {
    const auto value = date(text(at), at, sink_);
    return value ? ast::Expr{at, *value} : ast::Expr{at, ast::MissingExpr{}};
  }
  if (auto* list = as<PipeParser::ListContext>(context)) {
    ast::ListExpr value;
    for (auto* item : list->expr())
      value.items.push_back(build_expression(item));
    return {at, std::move(value)};
  }
  if (auto* record = as<PipeParser::RecordValueContext>(context)) {
    return {at, build_record(record->record())};
  }
  if (auto* call = as<PipeParser::CallContext>(context)) {
    ast::CallExpr value{build_path(call->path()), {}};
    for (auto* argument : call->argument())
      value.arguments.push_back(build_argument(argument, text(value.callee.span)));
    return {at, std::move(value)};
  }
  if (auto* table = as<PipeParser::TableContext>(context)) {
    return {at, ast::TableExpr{build_path(table->path()), build_record(table->record())}};
  }
  if (auto* reference = as<PipeParser::ReferenceContext>(context)) {
    return {at, ast::PathExpr{build_path(reference->path())}};
  }
  return {at, ast::MissingExpr{}};
}

ast::RecordExpr Builder::build_record(PipeParser::RecordContext* context) {
  if (context == nullptr) return {};
  return {build_properties(context->property())};
}

std::vector<ast::Field> Builder::build_properties(const std::vector<PipeParser::PropertyContext*>& contexts) {
  std::vector<ast::Field> fields;
  for (auto* context : contexts) {
    if (auto field = build_property(context)) fields.push_back(std::move(*field));
  }
  return fields;
}

std::vector<ast::Field> Builder::build_properties(PipeParser::PropertyBodyContext* context) {
  return context == nullptr ? std::vector<ast::Field>() : build_properties(context->property());
}

// `gate: gitleaks` reads as a property, but a kind of element is none.
bool Builder::report_nameless_element(PipeParser::AssignmentContext* context) {
  const size_t kind = context->getStart()->getType();
  if (kind < PipeLexer::ACTION || kind > PipeLexer::DEPLOY) return false;
  const std::string keyword = context->getStart()->getText();
  const Span what = span(context->expr());
  const Span behind{what.source, span(*context->getStart()).end, span(*context->getStart()).end};
  if (auto r = report(diag::element_needs_name, join(span(*context->getStart()), what), keyword,
                      std::string(text(what))))
    r->fix("name it", {{behind, " " + std::string(text(what))}});
  return true;
}

bool Builder::report_word_of_another_language(Span key) {
  const auto instead = said_otherwise(text(key));
  if (!instead) return false;
  if (auto r = report(diag::other_language, key, text(key))) r->note(std::string(*instead));
  return true;
}

std::optional<ast::Field> Builder::build_property(PipeParser::PropertyContext* context) {
  if (context == nullptr || context->exception != nullptr) return std::nullopt;
  ast::Field field;
  field.span = span(context);
  antlr4::ParserRuleContext* key = nullptr;
  if (auto* assignment = as<PipeParser::AssignmentContext>(context)) {
    key = assignment->key();
    field.value = build_expression(assignment->expr());
    if (assignment->PLUSEQ() != nullptr) field.op = ast::AssignOp::add;
    if (assignment->COLON() != nullptr && report_nameless_element(assignment)) return std::nullopt;
    if (assignment->COLON() != nullptr) {
      const Span colon = span(*assignment->COLON()->getSymbol());
      const bool touches = colon.begin == span(key).end;
      if (auto r = report(diag::colon_for_equals, colon))
        r->fix("write `=`", {{colon, touches ? " =" : "="}}, true);
    }
  } else if (auto* removal = as<PipeParser::RemovalContext>(context)) {
    key = removal->key();
    field.op = ast::AssignOp::unset;
    field.value.span = field.span;
  } else if (auto* forgotten = as<PipeParser::MissingEqualsContext>(context)) {
    key = forgotten->plainKey();
    if (report_word_of_another_language(span(key))) return std::nullopt;
    const Span after_key{span(key).source, span(key).end, span(key).end};
    if (auto r = report(diag::missing_equals, span(key), text(span(key)))) {
      r->fix("add `=`", {{after_key, " ="}}, true);
    }
    field.value = {span(forgotten->record()), build_record(forgotten->record())};
  }
  if (key == nullptr) return std::nullopt;
  field.key = build_name(key);
  if (field.key.text.starts_with('"')) {
    field.quoted_key = true;
    field.key.text = field.key.text.substr(1, field.key.text.size() - 2);
    if (field.key.text.find('\\') != std::string_view::npos) report(diag::escape_in_key, field.key.span);
  }
  return field;
}

ast::TypeExpr Builder::build_type(PipeParser::TypeContext* context) {
  ast::TypeExpr type;
  if (context == nullptr) return type;
  type.span = span(context);
  if (auto* named = as<PipeParser::NamedTypeContext>(context)) {
    type.name = build_name(named->name());
    for (auto* argument : named->type())
      type.arguments.push_back(build_type(argument));
    type.alternatives = !named->BAR().empty();
    type.optional = named->QM() != nullptr;
  } else if (auto* record = as<PipeParser::RecordTypeContext>(context)) {
    type.form = ast::TypeExpr::Form::record;
    type.optional = record->QM() != nullptr;
    for (auto* field : record->typeField()) {
      ast::TypeField built{build_name(field->name()), build_type(field->type()), std::nullopt};
      if (field->expr() != nullptr) built.default_value = build_expression(field->expr());
      type.fields.push_back(std::move(built));
    }
  } else if (auto* enumeration = as<PipeParser::EnumTypeContext>(context)) {
    type.form = ast::TypeExpr::Form::enumeration;
    type.optional = enumeration->QM() != nullptr;
    for (auto* member : enumeration->name())
      type.members.push_back(build_name(member));
  }
  return type;
}

ast::Parameter Builder::build_parameter(PipeParser::ParameterContext* context) {
  ast::Parameter parameter;
  parameter.span = span(context);
  parameter.name = build_name(context->name());
  parameter.type = build_type(context->type());
  if (context->expr() != nullptr) parameter.default_value = build_expression(context->expr());
  // The documentation stands above the keyword `param`, which belongs to the parent.
  antlr4::Token* first = context->getStart();
  if (auto* parent = dynamic_cast<antlr4::ParserRuleContext*>(context->parent)) {
    const bool keyword =
        stream_.get(first->getTokenIndex()) == first && parent->getStart()->getType() == PipeLexer::PARAM;
    if (keyword) first = parent->getStart();
  }
  parameter.doc = doc_before(first);
  return parameter;
}

std::vector<ast::Parameter> Builder::build_parameters(
    const std::vector<PipeParser::ParameterContext*>& contexts) {
  std::vector<ast::Parameter> parameters;
  for (auto* context : contexts) {
    if (context->exception == nullptr) parameters.push_back(build_parameter(context));
  }
  return parameters;
}

}  // namespace pipec::parse
