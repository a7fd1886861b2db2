#include "compiler/parse/predictor.h"

namespace pipec::parse {

size_t Predictor::adaptivePredict(antlr4::TokenStream* input, size_t decision,
                                  antlr4::ParserRuleContext* context) {
  const antlr4::dfa::DFAState* state = decisionToDFA[decision].s0;
  for (ssize_t ahead = 1; state != nullptr && state != ERROR.get() && !state->requiresFullContext; ++ahead) {
    if (state->isAcceptState) return state->prediction;
    const auto next = state->edges.find(input->LA(ahead));
    state = next == state->edges.end() ? nullptr : next->second;
  }
  return ParserATNSimulator::adaptivePredict(input, decision, context);
}

}  // namespace pipec::parse
