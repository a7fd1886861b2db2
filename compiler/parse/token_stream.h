// The tokens of one source, checked and repaired before the parser sees them: broken characters, comments
// in another language's style, unterminated texts and missing braces are each reported once here and mended,
// so that one mistake does not become a chain of syntax errors.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <antlr4-runtime.h>

namespace pipec::parse {

// Byte offsets of a text's characters: ANTLR counts characters, spans count bytes.
class CharacterOffsets {
 public:
  explicit CharacterOffsets(std::string_view text);
  uint32_t byte(size_t character) const;
  // The character that begins at the byte.
  size_t character(uint32_t byte) const;

 private:
  uint32_t size_;
  // Empty for ASCII, where both counts agree.
  std::vector<uint32_t> bytes_;
};

struct Tokens {
  Tokens(SourceId id, std::string_view text) : source(id), offsets(text) {}

  Span span(const antlr4::Token& token) const;
  Span span(const antlr4::Token& first, const antlr4::Token& last) const;

  SourceId source;
  CharacterOffsets offsets;
  // Kept alive for the tokens, which refer to it.
  std::unique_ptr<antlr4::ANTLRInputStream> input;
  std::unique_ptr<antlr4::TokenSource> lexer;
  std::vector<std::unique_ptr<antlr4::Token>> all;
};

// The type of the token that is spelled so.
size_t keyword_or_name(std::string_view word);
// Makes a keyword of a name that is spelled like one.
void classify_word(antlr4::Token& token, std::string_view spelling);

// The text's tokens without errors, or null when it must not be parsed at all (not UTF-8, too deep).
std::unique_ptr<Tokens> tokenize(SourceId source, const SourceManager& sources, DiagnosticSink& sink);

}  // namespace pipec::parse
