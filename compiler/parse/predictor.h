// Which alternative the parser takes.
#pragma once

#include <antlr4-runtime.h>

namespace pipec::parse {

// Decides as ANTLR's simulation of the grammar does, and reads off the tables that it fills what they know.
// Those tables are shared by all parsers and not guarded: one thread at a time.
class Predictor final : public antlr4::atn::ParserATNSimulator {
 public:
  using ParserATNSimulator::ParserATNSimulator;

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision,
                         antlr4::ParserRuleContext* context) override;
};

}  // namespace pipec::parse
