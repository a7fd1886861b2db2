#include "compiler/parse/token_roles.h"

#include "PipeLexer.h"
#include "compiler/parse/builder.h"

#include <algorithm>

namespace pipec::parse {
namespace {

TokenKind kind_of(size_t type) {
  switch (type) {
    case PipeLexer::COMMENT:
      return TokenKind::comment;
    case PipeLexer::DOC:
      return TokenKind::documentation;
    case PipeLexer::BLOCK_TEXT:
      return TokenKind::block_text;
    case PipeLexer::TEXT:
    case PipeLexer::RAW:
      return TokenKind::text;
    case PipeLexer::LB:
    case PipeLexer::RB:
    case PipeLexer::LS:
    case PipeLexer::RS:
    case PipeLexer::LP:
    case PipeLexer::RP:
    case PipeLexer::EQ:
    case PipeLexer::COMMA:
    case PipeLexer::COLON:
    case PipeLexer::DOT:
    case PipeLexer::LT:
    case PipeLexer::GT:
    case PipeLexer::LE:
    case PipeLexer::GE:
    case PipeLexer::NE:
    case PipeLexer::BAR:
    case PipeLexer::QM:
    case PipeLexer::ARROW:
    case PipeLexer::PLUSEQ:
      return TokenKind::sign;
    default:
      return TokenKind::word;
  }
}

class Roles {
 public:
  Roles(std::vector<SyntaxToken>& tokens, antlr4::CommonTokenStream& stream)
      : tokens_(tokens), stream_(stream) {}

  // The depth of the tree is bounded by `max_nesting`.
  void visit(antlr4::ParserRuleContext* context) {
    begin(context);
    for (antlr4::tree::ParseTree* child : context->children) {
      // Without an error every rule has read something, so what holds nothing is a token. Asking for the type
      // of every token would take longer than everything else here.
      if (child->children.empty()) {
        sign(context, stream_.get(static_cast<size_t>(child->getSourceInterval().a)));
      } else {
        visit(static_cast<antlr4::ParserRuleContext*>(child));
      }
    }
  }

 private:
  // The outermost construct that begins with a token gives the role.
  void set(const antlr4::Token* token, TokenRole role) {
    TokenRole& now = tokens_[token->getTokenIndex()].role;
    if (now == TokenRole::none) now = role;
  }

  void begin(antlr4::ParserRuleContext* context) {
    switch (context->getRuleIndex()) {
      case PipeParser::RuleTopLevel:
      case PipeParser::RuleTestItem:
      case PipeParser::RuleRunbookItem:
      case PipeParser::RuleTargetItem:
      case PipeParser::RuleProfileItem:
      case PipeParser::RulePipelineItem:
      case PipeParser::RuleStageItem:
      case PipeParser::RuleBodyItem:
      case PipeParser::RuleRouteItem:
        set(context->getStart(), holds_property(context) ? TokenRole::property : TokenRole::item);
        break;
      case PipeParser::RulePropertyBody:
      case PipeParser::RuleRecord:
        for (antlr4::tree::ParseTree* property : context->children) {
          if (!property->children.empty()) {
            set(static_cast<antlr4::ParserRuleContext*>(property)->getStart(), TokenRole::property);
          }
        }
        break;
      case PipeParser::RuleConstructor:
        set(context->getStart(), TokenRole::constructor);
        break;
      case PipeParser::RuleTypeField:
        set(context->getStart(), TokenRole::entry);
        break;
      case PipeParser::RuleReason:
        set(context->getStart(), TokenRole::because);
        break;
      default:
        break;
    }
  }

  static bool holds_property(antlr4::ParserRuleContext* item) {
    if (item->children.size() != 1) return false;
    const antlr4::tree::ParseTree& child = *item->children.front();
    return typeid(child) == typeid(PipeParser::AssignmentContext) ||
           typeid(child) == typeid(PipeParser::RemovalContext);
  }

  void sign(antlr4::ParserRuleContext* parent, const antlr4::Token* token) {
    const size_t rule = parent->getRuleIndex();
    switch (token->getType()) {
      case PipeLexer::EQ:
      case PipeLexer::PLUSEQ:
        if (rule == PipeParser::RuleProperty) set(token, TokenRole::assign);
        break;
      case PipeLexer::COMMA:
        if (separates(parent)) set(token, TokenRole::separator);
        break;
      case PipeLexer::LT:
      case PipeLexer::GT:
        if (rule == PipeParser::RuleType) set(token, TokenRole::angle);
        break;
      case PipeLexer::LP:
        if (rule == PipeParser::RuleProfileItem) set(token, TokenRole::with);
        break;
      // `pipe 1`, and the parameters of a target's block, which have no rule of their own.
      case PipeLexer::PIPE:
        if (rule == PipeParser::RuleFile) set(token, TokenRole::item);
        break;
      case PipeLexer::PARAM:
        if (rule == PipeParser::RuleTargetItem) set(token, TokenRole::item);
        break;
      default:
        break;
    }
  }

  static bool separates(antlr4::ParserRuleContext* parent) {
    switch (parent->getRuleIndex()) {
      case PipeParser::RuleImportDecl:
      case PipeParser::RuleConstructor:
      case PipeParser::RuleStageDefinition:
      case PipeParser::RuleStage:
      case PipeParser::RuleProfileItem:
      case PipeParser::RuleExpr:
      case PipeParser::RuleProperty:
        return true;
      case PipeParser::RuleDerivation:
        return as<PipeParser::FinalContext>(parent) != nullptr;
      case PipeParser::RuleType:
        return as<PipeParser::NamedTypeContext>(parent) == nullptr;
      default:
        return false;
    }
  }

  std::vector<SyntaxToken>& tokens_;
  antlr4::CommonTokenStream& stream_;
};

}  // namespace

std::vector<SyntaxToken> tokens_with_roles(PipeParser::FileContext* root, antlr4::CommonTokenStream& stream,
                                           const Tokens& tokens, std::string_view text) {
  std::vector<SyntaxToken> result;
  result.reserve(stream.size());
  for (const antlr4::Token* token : stream.getTokens()) {
    if (token->getType() == antlr4::Token::EOF) break;
    const Span span = tokens.span(*token);
    const auto line = static_cast<uint32_t>(token->getLine());
    const TokenKind kind = kind_of(token->getType());
    uint32_t lines = 0;
    if (kind == TokenKind::block_text) {
      const std::string_view inside = text.substr(span.begin, span.size());
      lines = static_cast<uint32_t>(std::count(inside.begin(), inside.end(), '\n'));
    }
    result.push_back({kind, TokenRole::none, span, line, line + lines});
  }
  Roles(result, stream).visit(root);
  return result;
}

}  // namespace pipec::parse
