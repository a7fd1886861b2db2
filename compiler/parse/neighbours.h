// The tokens around one, comments left out.
#pragma once

#include <vector>

#include <antlr4-runtime.h>

namespace pipec::parse {

// The tokens that the parser sees, by their distance from one of them.
class Neighbours {
 public:
  Neighbours(antlr4::Parser* parser, antlr4::Token* token)
      : stream_(dynamic_cast<antlr4::CommonTokenStream*>(parser->getTokenStream())), token_(token) {}

  // Null beyond the first or last token.
  antlr4::Token* at(int distance) const;
  size_t type(int distance) const;
  bool same_line(int distance) const;
  // How far the first token of the line is away; never above 0.
  int start_of_line() const;
  // The type of the innermost bracket that is open before the token, or that of no token.
  size_t open_bracket() const;

 private:
  antlr4::Token* step(const antlr4::Token& from, int direction) const;

  antlr4::CommonTokenStream* stream_;
  antlr4::Token* token_;
  // Those that were asked for, the nearest first: who looks along a line asks for each of them several times.
  mutable std::vector<antlr4::Token*> before_;
  mutable std::vector<antlr4::Token*> behind_;
};

}  // namespace pipec::parse
