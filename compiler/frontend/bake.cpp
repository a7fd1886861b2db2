// Build tool: parses the standard library and writes a C++ file with its sources and syntax trees.
// usage: pipec_bake OUTPUT STDLIB_FOLDER FILE…   (files relative to the folder)
#include "compiler/ast/serialize.h"
#include "compiler/parse/parse.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/core.h>

namespace {

void write_bytes(std::ofstream& out, const std::string& name, std::string_view bytes) {
  out << "constexpr unsigned char " << name << "[] = {";
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % 32 == 0) out << "\n";
    out << static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << ",";
  }
  out << "0};\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::ofstream out(argv[1]);
  const std::string folder = argv[2];
  out << "#include \"compiler/frontend/standard_library.h\"\n\nnamespace pipec {\nnamespace {\n";
  std::ostringstream table;
  for (int i = 3; i < argc; ++i) {
    const std::string path = argv[i];
    std::ifstream in(folder + "/" + path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    pipec::SourceManager sources;
    pipec::DiagnosticSink sink;
    const pipec::SourceId id = sources.add("stdlib/" + path, content.str());
    const pipec::ast::File file = pipec::parse::parse(id, sources, sink);
    for (const pipec::Diagnostic& diagnostic : sink.sorted()) {
      const pipec::Place place = sources.place(diagnostic.span);
      fmt::print(stderr, "stdlib/{}:{}:{}: {}\n", path, place.line, place.column, diagnostic.message);
    }
    if (!in || !file.complete) return 1;
    // Tests of the library are with all the other tests; what users import has none.
    for (const auto& declaration : file.declarations) {
      if (!std::holds_alternative<pipec::ast::Test>(declaration)) continue;
      fmt::print(stderr, "stdlib/{}: the standard library holds no tests\n", path);
      return 1;
    }
    const std::string tree = pipec::ast::serialize(file, sources.text(id));
    write_bytes(out, fmt::format("text_{}", i), sources.text(id));
    write_bytes(out, fmt::format("tree_{}", i), tree);
    std::string names;
    for (const auto& declaration : file.declarations) {
      // A constant serves its own module: nothing is built on it, and no profile asks for it.
      const bool constant = std::holds_alternative<pipec::ast::Let>(declaration);
      const std::string_view name = pipec::ast::name_of(declaration).text;
      if (!name.empty() && !constant) names += std::string(name) + "\\n";
    }
    table << fmt::format("    {{\"{}\", \"stdlib/{}\", view(text_{}, {}), view(tree_{}, {}), \"{}\"}},\n",
                         path.substr(0, path.find('/')), path, i, sources.text(id).size(), i, tree.size(),
                         names);
  }
  out << "std::string_view view(const unsigned char* bytes, size_t size) {\n"
         "  return {reinterpret_cast<const char*>(bytes), size};\n}\n}  // namespace\n\n"
         "std::span<const StandardFile> standard_library() {\n  static const StandardFile files[] = {\n"
      << table.str() << "  };\n  return files;\n}\n\n}  // namespace pipec\n";
  return out ? 0 : 1;
}
