// What the generated parser and the nodes of its tree derive from: ANTLR's classes without the questions for
// types at run time that they put for every node and every access to one. The grammar knows the types.
#pragma once

#include <typeinfo>
#include <vector>

#include <antlr4-runtime.h>

namespace pipec::parse {

// A node for a rule. The accessors that ANTLR generates (`element()`, `NAME()`) call these by name.
class BaseNode : public antlr4::ParserRuleContext {
 public:
  using ParserRuleContext::ParserRuleContext;

  // The `index`th child of rule `Rule`, or null.
  template <class Rule>
  Rule* getRuleContext(size_t index) {
    for (antlr4::tree::ParseTree* child : children) {
      if (Rule* found = as_rule<Rule>(child); found != nullptr && index-- == 0) return found;
    }
    return nullptr;
  }

  template <class Rule>
  std::vector<Rule*> getRuleContexts() {
    std::vector<Rule*> found;
    for (antlr4::tree::ParseTree* child : children) {
      if (Rule* rule = as_rule<Rule>(child)) found.push_back(rule);
    }
    return found;
  }

  // The `index`th child that is a token of this type, or null.
  antlr4::tree::TerminalNode* getToken(size_t type, size_t index) override {
    for (antlr4::tree::ParseTree* child : children) {
      if (!is_token(*child)) continue;
      auto* token = static_cast<antlr4::tree::TerminalNode*>(child);
      if (token->getSymbol()->getType() == type && index-- == 0) return token;
    }
    return nullptr;
  }

 private:
  // A token has no children; a rule has none only where an error was.
  static bool is_token(const antlr4::tree::ParseTree& child) {
    return child.children.empty() && (typeid(child) == typeid(antlr4::tree::TerminalNodeImpl) ||
                                      typeid(child) == typeid(antlr4::tree::ErrorNodeImpl));
  }

  template <class Rule>
  static Rule* as_rule(antlr4::tree::ParseTree* child) {
    static const size_t index = Rule(nullptr, 0).getRuleIndex();
    if (is_token(*child)) return nullptr;
    auto* rule = static_cast<antlr4::ParserRuleContext*>(child);
    return rule->getRuleIndex() == index ? static_cast<Rule*>(rule) : nullptr;
  }
};

// Nobody listens to this parser, and every node has a rule's node above it.
class BaseParser : public antlr4::Parser {
 public:
  using antlr4::Parser::Parser;

  template <class Simulator>
  Simulator* getInterpreter() const {
    return static_cast<Simulator*>(_interpreter);
  }

 protected:
  void exitRule() {
    _ctx->stop = _input->LT(_matchedEOF ? 1 : -1);
    setState(_ctx->invokingState);
    _ctx = static_cast<antlr4::ParserRuleContext*>(_ctx->parent);
  }

  void addContextToParseTree() override {
    if (_ctx->parent != nullptr) static_cast<antlr4::ParserRuleContext*>(_ctx->parent)->addChild(_ctx);
  }
};

}  // namespace pipec::parse
