// Which part each token of a parsed file plays.
#pragma once

#include "PipeParser.h"
#include "compiler/parse/syntax_tokens.h"
#include "compiler/parse/token_stream.h"

#include <vector>

namespace pipec::parse {

// `root` must have been parsed from `stream` without errors.
std::vector<SyntaxToken> tokens_with_roles(PipeParser::FileContext* root, antlr4::CommonTokenStream& stream,
                                           const Tokens& tokens, std::string_view text);

}  // namespace pipec::parse
