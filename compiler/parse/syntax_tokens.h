// The tokens of a file, comments included, and the part that each plays in the grammar: what a formatter
// needs and the syntax tree does not keep.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

#include <cstdint>
#include <vector>

namespace pipec::parse {

enum class TokenKind : uint8_t {
  // A name, a keyword, a number, a date.
  word,
  // A text on one line, with its quotes.
  text,
  block_text,
  sign,
  comment,
  documentation,
};

enum class TokenRole : uint8_t {
  none,
  // These begin something that a bracket holds: a property, another item of a block, a constructor of a
  // variant, an entry of a list whose commas may be left out.
  property,
  item,
  constructor,
  entry,
  // The `=` or `+=` of a property.
  assign,
  // The `,` behind a property or an entry; the one behind the last may be left out or added.
  separator,
  // `<` and `>` around the arguments of a type.
  angle,
  // The `(` of `with (…)`, which is not a call.
  with,
  // The word `because`.
  because,
};

struct SyntaxToken {
  TokenKind kind = TokenKind::word;
  TokenRole role = TokenRole::none;
  Span span;
  // 1-based; a block text ends on a later line.
  uint32_t line = 1;
  uint32_t end_line = 1;
};

struct SyntaxTokens {
  ast::File file;
  // Empty when the file is not complete: then its tokens were mended.
  std::vector<SyntaxToken> tokens;
};

// As `parse`, and the tokens with it.
SyntaxTokens parse_with_tokens(SourceId source, const SourceManager& sources, DiagnosticSink& sink);

}  // namespace pipec::parse
