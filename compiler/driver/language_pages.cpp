#include "compiler/driver/language_pages.h"

#include "compiler/diag/render.h"
#include "compiler/frontend/compilation.h"
#include "compiler/parse/keywords.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// The types of the prelude whose constructors are the parts of a file; what is asked for most comes first.
constexpr auto schemas = std::to_array<std::string_view>({"element", "part", "declaration"});

bool is_keyword(std::string_view word) {
  const auto all = parse::keywords();
  return std::any_of(all.begin(), all.end(), [&](const auto& keyword) { return keyword.word == word; });
}

// "property of `gate`"
std::string title_of(const std::string& part) {
  if (part == "element") return "property of every element";
  if (is_keyword(part)) return fmt::format("property of `{}`", part);
  std::string words = part;
  std::replace(words.begin(), words.end(), '_', ' ');
  return fmt::format("property of a {}", words);
}

class Properties {
 public:
  Properties(Compilation& compilation, const std::string& name, std::set<std::string>& known)
      : sources_(compilation.sources()), name_(name), known_(known) {
    sema::Declarations& declarations = compilation.declarations();
    const auto variants = declarations.declared(declarations.prelude(), sema::EntityKind::variant);
    for (const std::string_view schema : schemas) {
      const auto found = std::find_if(variants.begin(), variants.end(),
                                      [&](const sema::Entity* variant) { return variant->name == schema; });
      PIPEC_CHECK(found != variants.end());
      for (const sema::Constructor& part : declarations.variant(**found).constructors)
        add(std::string(part.name), part.parameters);
    }
  }

  const std::vector<std::string>& pages() const { return pages_; }

 private:
  void add(const std::string& part, const std::vector<sema::Parameter>& properties) {
    for (const sema::Parameter& property : properties) {
      known_.emplace(property.name);
      if (property.name != name_) continue;
      std::string text = fmt::format("{}: {}\n", name_, title_of(part));
      if (!property.doc.empty()) text += "\n";
      for (const std::string_view line : split_lines(property.doc)) {
        if (!line.empty()) text += fmt::format("  {}\n", line);
      }
      text += fmt::format("\n  {}\n", sources_.text(property.span));
      const size_t line = sources_.place(property.span).line;
      pages_.push_back(
          text + fmt::format("\nDeclared in {}:{}\n", printable(sources_.path(property.span.source)), line));
    }
  }

  const SourceManager& sources_;
  const std::string& name_;
  std::set<std::string>& known_;
  std::vector<std::string> pages_;
};

}  // namespace

std::vector<std::string> language_pages(const std::string& name, std::span<const StandardFile> library,
                                        std::set<std::string>& known) {
  std::vector<std::string> pages;
  for (const parse::Keyword& keyword : parse::keywords()) {
    known.emplace(keyword.word);
    if (keyword.word == name)
      pages.push_back(fmt::format("{}: keyword\n\n  {}\n", keyword.word, keyword.purpose));
  }
  MemoryFileSystem files;
  files.files["language.pipe"] = "pipe 1\n";
  Compilation compilation({"language.pipe", "", {}, {}}, files, library);
  PIPEC_CHECK(compilation.load());
  compilation.analyse();
  const Properties properties(compilation, name, known);
  pages.insert(pages.end(), properties.pages().begin(), properties.pages().end());
  return pages;
}

}  // namespace pipec::driver
