#include "compiler/format/format.h"

#include "compiler/format/meaning.h"
#include "compiler/parse/parse.h"
#include "tests/fuzz/promises.h"

namespace pipec::fuzz {
namespace {

struct Parsed {
  SourceManager sources;
  DiagnosticSink sink;
  ast::File file;

  explicit Parsed(const std::string& text) {
    file = parse::parse(sources.add("fuzz.pipe", text), sources, sink);
  }
};

}  // namespace

std::string broken_by_format(const std::string& text) {
  const Parsed before(text);
  SourceManager sources;
  DiagnosticSink sink;
  const auto once = format::format(sources.add("fuzz.pipe", text), sources, sink);
  if (once.has_value() != before.file.complete)
    return "exactly the texts without syntax errors are formatted";
  if (!once) return {};
  const auto twice = format::format(sources.add("once.pipe", *once), sources, sink);
  if (twice != once) return "formatting twice differs from formatting once";
  const Parsed after(*once);
  if (format::meaning(before.file) != format::meaning(after.file)) return "formatting changed the meaning";
  if (format::comments(before.file, before.sources) != format::comments(after.file, after.sources))
    return "formatting changed the comments";
  return {};
}

}  // namespace pipec::fuzz
