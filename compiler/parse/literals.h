// The values of literals, from their spelling.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pipec::parse {

// What a text is for decides what is proposed for an escape that the language has not.
enum class TextUse : uint8_t { any, expression };
// `spelling` with its quotes, as it stands at `span`. Mistakes inside are reported; the rest is kept.
ast::TextExpr quoted_text(std::string_view spelling, Span span, DiagnosticSink& sink,
                          TextUse use = TextUse::any);
ast::TextExpr raw_text(std::string_view spelling);
// The margin, the white space before the closing quotes, is taken off every line; line ends become `\n` and
// the last one is dropped.
ast::TextExpr block_text(std::string_view spelling, Span span, DiagnosticSink& sink);

// `90s`, `1h30m`, `10%`, `512MiB` or an integer; nothing (and a report) for anything else. `in_record`: it
// stands in a record such as `env`, whose values are texts.
std::optional<ast::NumberExpr> number(std::string_view spelling, Span span, DiagnosticSink& sink,
                                      bool in_record = false);
// What was meant by `3minutes` or `512MB`: `3m`, `512MiB`; nothing where no unit of the language is meant.
std::optional<std::string> likely_number(std::string_view spelling);
std::optional<ast::DateExpr> date(std::string_view spelling, Span span, DiagnosticSink& sink);

}  // namespace pipec::parse
