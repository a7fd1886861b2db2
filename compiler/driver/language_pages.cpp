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

// Parameters of definitions and targets begin with it, those of constructors do not.
std::string_view without_keyword(std::string_view declared) {
  constexpr std::string_view keyword = "param ";
  if (declared.starts_with(keyword)) declared.remove_prefix(keyword.size());
  return declared;
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
        add(title_of(std::string(part.name)), part.parameters);
    }
    for (const sema::Target* target : declarations.targets())
      add(*target);
    for (const sema::Entity* entity : declarations.declared(declarations.prelude(), sema::EntityKind::let))
      add_form(declarations, *entity);
  }

  const std::vector<std::string>& pages() const { return pages_; }

 private:
  bool is_meant(std::string_view name) {
    known_.emplace(name);
    return name == name_;
  }

  // "NAME: TITLE", the description, what is declared, and where.
  void add_page(std::string_view title, std::string_view doc, std::string_view declared, Span span) {
    std::string text = fmt::format("{}: {}\n", name_, title);
    for (const std::string_view part : {doc, declared}) {
      if (!part.empty()) text += "\n";
      for (const std::string_view line : split_lines(part)) {
        if (!line.empty()) text += fmt::format("  {}\n", line);
      }
    }
    const size_t line = sources_.place(span).line;
    pages_.push_back(text +
                     fmt::format("\nDeclared in {}:{}\n", printable(sources_.path(span.source)), line));
  }

  void add(const std::string& title, const std::vector<sema::Parameter>& properties) {
    for (const sema::Parameter& property : properties) {
      if (is_meant(property.name))
        add_page(title, property.doc, without_keyword(sources_.text(property.span)), property.span);
    }
  }

  void add(const sema::Target& target) {
    add(fmt::format("setting of `target {}`", target.name), target.settings);
    for (const sema::TargetBlock& block : target.blocks) {
      add(fmt::format("parameter of the building block `{}` of `{}`", block.name, target.name),
          block.parameters);
    }
    if (!is_meant(target.name)) return;
    std::string settings;
    for (const sema::Parameter& setting : target.settings)
      settings += fmt::format("{}\n", without_keyword(sources_.text(setting.span)));
    const auto& node = std::get<ast::TargetDecl>(*target.entity->node);
    add_page(fmt::format("target ({})", target.title), node.doc, settings, node.head);
  }

  // What texts of `string<NAME>` look like.
  void add_form(sema::Declarations& declarations, const sema::Entity& entity) {
    if (!is_meant(entity.name)) return;
    const auto& node = std::get<ast::Let>(*entity.node);
    const sema::TextForm* form = declarations.text_form(node.name, declarations.prelude());
    if (form == nullptr) return;
    add_page(fmt::format("form of texts, `string<{}>`", entity.name), form->rule,
             sources_.text(node.value.span), node.span);
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
