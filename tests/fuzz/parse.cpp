#include "compiler/parse/parse.h"

#include "compiler/ast/serialize.h"
#include "compiler/format/meaning.h"
#include "tests/fuzz/diagnostics.h"
#include "tests/fuzz/promises.h"

namespace pipec::fuzz {

std::string broken_by_parse(const std::string& text) {
  SourceManager sources;
  DiagnosticSink sink;
  const SourceId id = sources.add("fuzz.pipe", text);
  const ast::File file = parse::parse(id, sources, sink);
  if (!file.complete && !sink.has_errors()) return "a text was not read, and nothing said why";
  if (std::string why = broken_by_diagnostics(sink, sources); !why.empty()) return why;
  if (!file.complete) return {};
  const ast::File stored = ast::deserialize(ast::serialize(file, sources.text(id)), id, sources.text(id));
  if (format::meaning(stored) != format::meaning(file)) return "the stored tree differs from the parsed one";
  return {};
}

}  // namespace pipec::fuzz
