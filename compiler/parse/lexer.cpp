#include "compiler/parse/lexer.h"

#include <antlr4-runtime.h>

namespace pipec::parse {
namespace {

class Scanner final : public antlr4::atn::LexerATNSimulator {
 public:
  using LexerATNSimulator::LexerATNSimulator;

  size_t match(antlr4::CharStream* input, size_t mode) override {
    const antlr4::dfa::DFAState* state = _decisionToDFA[mode].s0;
    const antlr4::dfa::DFAState* accepted = nullptr;
    size_t length = 0;
    for (size_t read = 0; state != ERROR.get(); ++read) {
      if (state == nullptr) return LexerATNSimulator::match(input, mode);
      if (state->isAcceptState) {
        accepted = state;
        length = read;
      }
      const auto next = state->edges.find(input->LA(static_cast<ssize_t>(read) + 1));
      state = next == state->edges.end() ? nullptr : next->second;
    }
    if (accepted == nullptr) return LexerATNSimulator::match(input, mode);
    const size_t start = input->index();
    while (length-- > 0)
      consume(input);
    // What is skipped for its action is skipped by its type.
    if (accepted->lexerActionExecutor != nullptr && accepted->prediction != PipeLexer::WS)
      accepted->lexerActionExecutor->execute(_recog, input, start);
    return accepted->prediction;
  }
};

Scanner& scanner(antlr4::atn::ATNSimulator* simulator) { return static_cast<Scanner&>(*simulator); }

}  // namespace

Lexer::Lexer(antlr4::CharStream* input) : PipeLexer(input) {
  auto& generated = static_cast<antlr4::atn::LexerATNSimulator&>(*_interpreter);
  setInterpreter(
      new Scanner(this, generated.atn, generated._decisionToDFA, generated.getSharedContextCache()));
}

std::unique_ptr<antlr4::Token> Lexer::nextToken() {
  Scanner& simulator = scanner(_interpreter);
  do {
    if (_input->LA(1) == antlr4::Token::EOF) {
      emitEOF();
      return std::move(token);
    }
    channel = antlr4::Token::DEFAULT_CHANNEL;
    tokenStartCharIndex = _input->index();
    tokenStartLine = simulator.getLine();
    tokenStartCharPositionInLine = simulator.getCharPositionInLine();
    // BAD takes any character: there always is a match.
    type = simulator.match(_input, mode);
  } while (type == WS);
  emit();
  return std::move(token);
}

size_t Lexer::getLine() const { return scanner(_interpreter).getLine(); }
size_t Lexer::getCharPositionInLine() { return scanner(_interpreter).getCharPositionInLine(); }

}  // namespace pipec::parse
