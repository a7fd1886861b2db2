#include "compiler/parse/parse.h"

#include "compiler/parse/builder.h"
#include "compiler/parse/predictor.h"
#include "compiler/parse/syntax_errors.h"
#include "compiler/parse/syntax_tokens.h"
#include "compiler/parse/token_roles.h"
#include "compiler/parse/token_stream.h"

#include <mutex>

namespace pipec::parse {
namespace {

// The runtime of ANTLR shares tables among all its parsers and does not guard them.
std::mutex antlr_in_use;

// `roles`: where to put the tokens with their roles, or null.
ast::File parse_source(SourceId source, const SourceManager& sources, DiagnosticSink& sink,
                       std::vector<SyntaxToken>* roles) {
  const std::lock_guard guard(antlr_in_use);
  ast::File file;
  file.source = source;
  const size_t errors_before = sink.error_count();
  const auto tokens = tokenize(source, sources, sink);
  if (tokens == nullptr) {
    file.complete = false;
    return file;
  }
  antlr4::ListTokenSource list(std::move(tokens->all));
  antlr4::CommonTokenStream stream(&list);
  stream.fill();
  PipeParser parser(&stream);
  parser.removeErrorListeners();
  const auto errors = std::make_shared<SyntaxErrors>(*tokens, sink);
  parser.setErrorHandler(errors);
  auto& generated = *parser.getInterpreter<antlr4::atn::ParserATNSimulator>();
  parser.setInterpreter(
      new Predictor(&parser, generated.atn, generated.decisionToDFA, generated.getSharedContextCache()));
  PipeParser::FileContext* root = nullptr;
  try {
    root = parser.file();
    Builder(*tokens, stream, sources, *errors, sink).build_file(root, file);
  } catch (const antlr4::ParseCancellationException&) {
    file.declarations.clear();
  }
  for (const antlr4::Token* token : stream.getTokens()) {
    if (token->getType() == PipeLexer::COMMENT || token->getType() == PipeLexer::DOC) {
      file.comments.push_back({tokens->span(*token)});
    }
  }
  file.complete = sink.error_count() == errors_before;
  if (file.complete && roles != nullptr)
    *roles = tokens_with_roles(root, stream, *tokens, sources.text(source));
  return file;
}

}  // namespace

ast::File parse(SourceId source, const SourceManager& sources, DiagnosticSink& sink) {
  return parse_source(source, sources, sink, nullptr);
}

SyntaxTokens parse_with_tokens(SourceId source, const SourceManager& sources, DiagnosticSink& sink) {
  SyntaxTokens result;
  result.file = parse_source(source, sources, sink, &result.tokens);
  return result;
}

}  // namespace pipec::parse
