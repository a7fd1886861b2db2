// Syntax errors: what the parser says about one, and how it goes on behind it.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/parse/token_stream.h"

#include <set>

#include <antlr4-runtime.h>

namespace pipec::parse {

// Reports one error per mistake and resumes at the next line of the block in which it stands. Needs tokens
// whose brackets are balanced (token_stream.h). After `max_errors` the parse is cancelled.
class SyntaxErrors : public antlr4::DefaultErrorStrategy {
 public:
  SyntaxErrors(const Tokens& tokens, DiagnosticSink& sink) : tokens_(tokens), sink_(sink) {}

  // An error was reported on this line: what the builder finds there is a consequence of it.
  bool reported_on_line(size_t line) const { return lines_.contains(line); }
  bool any() const { return !lines_.empty(); }

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

 private:
  void report(antlr4::Parser* parser, antlr4::Token* start, antlr4::Token* offending);
  void describe(antlr4::Parser* parser, antlr4::Token* start, antlr4::Token* offending);
  static void skip_one(antlr4::Parser* parser);
  void resume(antlr4::Parser* parser);
  void count_brackets(antlr4::CommonTokenStream& stream);

  const Tokens& tokens_;
  DiagnosticSink& sink_;
  std::set<size_t> lines_;
  size_t count_ = 0;
  // For every token, how many `(` and `[` of its block are open before it.
  std::vector<int> brackets_before_;
  // Where the item loop that is running last started an item.
  size_t last_item_ = static_cast<size_t>(-1);
};

}  // namespace pipec::parse
