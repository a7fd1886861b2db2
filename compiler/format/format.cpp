#include "compiler/format/format.h"

#include "compiler/format/layout.h"
#include "compiler/format/lines.h"
#include "compiler/format/meaning.h"
#include "compiler/format/printer.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/syntax_tokens.h"
#include "compiler/support/check.h"

namespace pipec::format {

std::optional<std::string> format(SourceId source, const SourceManager& sources, DiagnosticSink& sink) {
  const std::string_view text = sources.text(source);
  const parse::SyntaxTokens parsed = parse::parse_with_tokens(source, sources, sink);
  if (!parsed.file.complete) return std::nullopt;
  const Group layout = build_layout(parsed.tokens, text);
  Lines lines;
  Printer(lines).print_items(layout, 0);
  std::string formatted = lines.text();
  if (formatted == text) return formatted;

  // A formatter that changes what a pipeline does is worse than none, so its own work is read again.
  SourceManager own;
  DiagnosticSink unread;
  const SourceId id = own.add(std::string(sources.path(source)), formatted);
  const ast::File again = parse::parse(id, own, unread);
  PIPEC_CHECK(again.complete);
  PIPEC_CHECK(meaning(again) == meaning(parsed.file));
  PIPEC_CHECK(comments(again, own) == comments(parsed.file, sources));
  return formatted;
}

}  // namespace pipec::format
