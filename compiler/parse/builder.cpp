#include "compiler/parse/builder.h"

namespace pipec::parse {

Span Builder::span(antlr4::ParserRuleContext* context) const {
  const antlr4::Token* first = context->getStart();
  const antlr4::Token* last = context->getStop();
  if (first == nullptr) return {tokens_.source, 0, 0};
  if (last == nullptr || last->getTokenIndex() < first->getTokenIndex()) return tokens_.span(*first);
  return tokens_.span(*first, *last);
}

Span Builder::head(antlr4::ParserRuleContext* context, antlr4::ParserRuleContext* last) const {
  return last == nullptr ? span(context) : join(tokens_.span(*context->getStart()), span(last));
}

std::string Builder::doc_before(antlr4::Token* token) const {
  std::vector<std::string> lines;
  size_t line = token->getLine();
  for (size_t index = token->getTokenIndex(); index-- > 0;) {
    const antlr4::Token* before = stream_.get(index);
    const bool doc = before->getType() == PipeLexer::DOC && before->getLine() + 1 == line;
    if (!doc) break;
    line = before->getLine();
    std::string text = before->getText().substr(2);
    if (text.starts_with(' ')) text.erase(0, 1);
    text.erase(text.find_last_not_of(" \t") + 1);
    lines.push_back(std::move(text));
  }
  std::string doc;
  for (auto text = lines.rbegin(); text != lines.rend(); ++text) {
    if (!doc.empty()) doc += '\n';
    doc += *text;
  }
  return doc;
}

}  // namespace pipec::parse
