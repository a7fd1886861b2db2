// The generated lexer, with the parts that run for every character and token in place of the runtime's.
#pragma once

#include "PipeLexer.h"

namespace pipec::parse {

// Gives the same tokens. A token is read off the tables that ANTLR's simulation of the grammar fills; only
// where they do not know the way yet does the simulation run. Those tables are shared by all lexers and not
// guarded: one thread at a time.
class Lexer final : public PipeLexer {
 public:
  explicit Lexer(antlr4::CharStream* input);

  std::unique_ptr<antlr4::Token> nextToken() override;
  size_t getLine() const override;
  size_t getCharPositionInLine() override;
};

}  // namespace pipec::parse
