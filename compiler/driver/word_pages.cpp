#include "compiler/driver/word_pages.h"

#include "compiler/diag/render.h"
#include "compiler/support/check.h"
#include "compiler/support/markup.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// The text without the margin that all lines but the first have.
std::string dedented(std::string_view text) {
  const std::vector<std::string_view> lines = split_lines(text);
  size_t margin = std::string_view::npos;
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t indent = lines[i].find_first_not_of(' ');
    if (indent != std::string_view::npos) margin = std::min(margin, indent);
  }
  std::string result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += '\n';
    result += i == 0 ? lines[i] : lines[i].substr(std::min(lines[i].size(), margin));
  }
  return result;
}

std::string indented(std::string_view text, std::string_view margin) {
  std::string result;
  for (const std::string_view line : split_lines(text))
    result += line.empty() ? "\n" : fmt::format("{}{}\n", margin, line);
  return result;
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

// The names of what `tools = […]` brings along: the first text of each entry.
void add_tools(const ast::Expr& value, std::vector<std::string>& programs) {
  if (const auto* list = std::get_if<ast::ListExpr>(&value.node)) {
    for (const ast::Expr& item : list->items)
      add_tools(item, programs);
  } else if (const auto* call = std::get_if<ast::CallExpr>(&value.node); call != nullptr) {
    if (!call->arguments.empty()) add_tools(call->arguments.front().value, programs);
  } else if (const auto* text = std::get_if<ast::TextExpr>(&value.node)) {
    add_once(programs, text->texts.front());
  }
}

class Maker {
 public:
  explicit Maker(Compilation& compilation)
      : compilation_(compilation), declarations_(compilation.declarations()) {}

  std::vector<WordPage> pages(const sema::Module& module) {
    std::vector<const sema::Entity*> entities;
    for (const auto kind :
         {sema::EntityKind::definition, sema::EntityKind::capability, sema::EntityKind::variant}) {
      const auto declared = declarations_.declared(module, kind);
      entities.insert(entities.end(), declared.begin(), declared.end());
    }
    return pages(std::move(entities));
  }

  std::vector<WordPage> pages(std::vector<const sema::Entity*> entities) {
    std::stable_sort(entities.begin(), entities.end(),
                     [](const auto* a, const auto* b) { return a->span < b->span; });
    std::vector<WordPage> pages;
    for (const sema::Entity* entity : entities) {
      if (entity->kind == sema::EntityKind::definition) pages.push_back(definition(*entity));
      if (entity->kind == sema::EntityKind::capability) pages.push_back(capability(*entity));
      if (entity->kind == sema::EntityKind::variant) add_constructors(*entity, pages);
    }
    return pages;
  }

 private:
  WordPage page(const sema::Entity& entity, std::string_view name, Span span) const {
    WordPage page;
    page.name = name;
    if (entity.module->standard) page.module = entity.module->name;
    page.path = compilation_.sources().path(span.source);
    page.line = compilation_.sources().place(span).line;
    return page;
  }

  std::string written(Span span) const { return dedented(compilation_.sources().text(span)); }

  void add_parameters(const std::vector<sema::Parameter>& parameters, WordPage& page) const {
    for (const sema::Parameter& parameter : parameters) {
      std::string text = written(parameter.span);
      constexpr std::string_view keyword = "param ";
      if (text.starts_with(keyword)) text.erase(0, keyword.size());
      const auto known = [&](const auto& other) { return other.first == text; };
      if (std::none_of(page.parameters.begin(), page.parameters.end(), known))
        page.parameters.emplace_back(std::move(text), parameter.doc);
    }
  }

  WordPage definition(const sema::Entity& entity) {
    const sema::Definition& definition = declarations_.definition(entity);
    WordPage page = this->page(entity, definition.name, definition.node->head);
    page.what = to_string(definition.node->kind);
    page.doc = definition.node->doc;
    for (const sema::Capability* capability : definition.capabilities) {
      add_once(page.of, std::string(capability->name));
      if (page.title.empty()) page.title = capability->title;
    }
    for (const sema::Definition* d = &definition; d != nullptr; d = d->base) {
      add_parameters(d->parameters, page);
      add_runs(*d->node, page);
    }
    for (const sema::Capability* capability : definition.capabilities)
      add_parameters(capability->parameters, page);
    return page;
  }

  // What an outer definition says wins over what it is built on.
  void add_runs(const ast::Element& node, WordPage& page) const {
    const auto add = [&](const std::string& where, Span span) {
      const auto said = [&](const auto& other) { return other.first == where; };
      if (std::none_of(page.runs.begin(), page.runs.end(), said))
        page.runs.emplace_back(where, written(span));
    };
    for (const ast::Field& field : node.properties) {
      if (field.key.text == "run") add("everywhere", field.value.span);
      if (field.key.text == "tools") add_tools(field.value, page.programs);
    }
    for (const ast::Lowering& lowering : node.lowerings) {
      for (const ast::Field& field : lowering.properties) {
        if (field.key.text == "run" || field.key.text == "use")
          add(fmt::format("on {}", lowering.target.text), field.value.span);
      }
    }
  }

  WordPage capability(const sema::Entity& entity) {
    const sema::Capability& capability = declarations_.capability(entity);
    WordPage page = this->page(entity, capability.name, entity.span);
    page.what = fmt::format("capability of kind `{}`", to_string(capability.kind));
    if (capability.parent != nullptr) page.of.emplace_back(capability.parent->name);
    page.title = capability.title;
    page.doc = std::get<ast::Capability>(*entity.node).doc;
    if (page.doc.empty()) page.doc = capability.description;
    add_parameters(capability.parameters, page);
    for (const sema::Program& program : capability.commands)
      add_once(page.programs, program.name);
    for (const std::string& tool : capability.tools)
      add_once(page.programs, tool);
    return page;
  }

  void add_constructors(const sema::Entity& entity, std::vector<WordPage>& pages) {
    const auto& node = std::get<ast::Variant>(*entity.node);
    const sema::VariantType& variant = declarations_.variant(entity);
    for (size_t i = 0; i < node.constructors.size() && i < variant.constructors.size(); ++i) {
      const ast::Constructor& constructor = node.constructors[i];
      WordPage page = this->page(entity, constructor.name.text, constructor.span);
      page.what = fmt::format("constructor of `{}`", entity.name);
      page.title = node.doc;
      page.doc = constructor.doc;
      add_parameters(variant.constructors[i].parameters, page);
      pages.push_back(std::move(page));
    }
  }

  Compilation& compilation_;
  sema::Declarations& declarations_;
};

std::string all_of(const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format("`{}`", join(names, "`, `"));
}

std::string first_sentence(const std::string& text) {
  for (size_t at = text.find('.'); at != std::string::npos; at = text.find('.', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n') return text.substr(0, at);
  }
  return text;
}

}  // namespace

std::vector<WordPage> word_pages(std::span<const StandardFile> library) {
  // One name of each module is enough to load it.
  std::map<std::string, std::string> names;
  for (const StandardFile& file : library) {
    const std::string first(file.names.substr(0, file.names.find('\n')));
    if (!first.empty() && file.module != "prelude" && file.module != "targets")
      names.emplace(std::string(file.module), first);
  }
  std::string text = "pipe 1\n";
  for (const auto& [module, name] : names)
    text += fmt::format("import {} {{ {} }}\n", module, name);
  MemoryFileSystem files;
  files.files["words.pipe"] = text;
  Compilation compilation({"words.pipe", "", {}, {}}, files, library);
  PIPEC_CHECK(compilation.load());
  compilation.analyse();
  PIPEC_CHECK(!compilation.sink().has_errors());
  Maker maker(compilation);
  std::vector<WordPage> pages;
  sema::Declarations& declarations = compilation.declarations();
  for (const auto& [module, name] : names) {
    const auto& imported = declarations.entry().imported.at(name);
    const auto found = maker.pages(*imported.entities.front()->module);
    pages.insert(pages.end(), found.begin(), found.end());
  }
  const auto prelude = maker.pages(declarations.prelude());
  pages.insert(pages.end(), prelude.begin(), prelude.end());
  for (WordPage& page : pages) {
    if (!page.what.starts_with("capability")) continue;
    for (const WordPage& other : pages) {
      const bool fulfils = std::find(other.of.begin(), other.of.end(), page.name) != other.of.end();
      if (fulfils && !other.what.starts_with("capability"))
        page.fulfilled_by.push_back(fmt::format("{}.{}", other.module, other.name));
    }
  }
  return pages;
}

std::vector<WordPage> word_pages(Compilation& compilation) {
  sema::Declarations& declarations = compilation.declarations();
  return Maker(compilation)
      .pages(declarations.visible_entities(
          declarations.entry(),
          {sema::EntityKind::definition, sema::EntityKind::capability, sema::EntityKind::variant}));
}

std::string summary_of(const WordPage& page) {
  if (page.doc.empty()) return page.title;
  std::string summary = first_sentence(page.doc);
  std::replace(summary.begin(), summary.end(), '\n', ' ');
  return summary;
}

std::string to_text(const WordPage& page) {
  std::string text =
      fmt::format("{}: {}", page.module.empty() ? page.name : page.module + "." + page.name, page.what);
  if (!page.of.empty()) text += fmt::format(", {}", quoted_list(page.of));
  if (!page.title.empty()) text += fmt::format(" ({})", first_sentence(page.title));
  text += "\n";
  if (!page.doc.empty()) text += "\n" + indented(page.doc, "  ");
  if (!page.parameters.empty()) text += "\nParameters:\n";
  for (const auto& [declared, doc] : page.parameters) {
    text += indented(declared, "  ");
    if (!doc.empty()) text += indented(doc, "    # ");
  }
  for (const auto& [where, run] : page.runs)
    text += fmt::format("\nRuns {}:\n{}", where, indented(run, "  "));
  if (!page.programs.empty()) text += fmt::format("\nPrograms: {}\n", all_of(page.programs));
  if (!page.fulfilled_by.empty()) text += fmt::format("\nFulfilled by: {}\n", all_of(page.fulfilled_by));
  const bool imported = !page.module.empty() && page.module != "prelude";
  if (imported) text += fmt::format("\nImport: import {} {{ {} }}\n", page.module, page.name);
  return text + fmt::format("\nDeclared in {}:{}\n", printable(page.path), page.line);
}

namespace {

std::string markdown_of(const WordPage& page) {
  const std::string file = page.path.substr(page.path.rfind('/') + 1);
  std::string text = fmt::format("\n## {}\n\n{}", page.name, page.what);
  if (!page.of.empty()) text += fmt::format(": {}", quoted_list(page.of));
  text += fmt::format(", [{0}]({0})\n", file);
  if (!page.doc.empty()) text += fmt::format("\n{}\n", markdown_escaped(page.doc));
  if (!page.parameters.empty()) text += "\n| parameter | |\n|---|---|\n";
  for (const auto& [declared, doc] : page.parameters)
    text += fmt::format("| {} | {} |\n", markdown_escaped(code_span(declared)), markdown_escaped(doc));
  for (const auto& [where, run] : page.runs)
    text += fmt::format("\nRuns {}:\n\n```text\n{}\n```\n", where, run);
  if (!page.programs.empty()) text += fmt::format("\nPrograms: {}.\n", all_of(page.programs));
  if (!page.fulfilled_by.empty()) text += fmt::format("\nFulfilled by {}.\n", all_of(page.fulfilled_by));
  return text;
}

}  // namespace

std::string to_markdown(const std::string& module, const std::vector<WordPage>& pages) {
  std::string text = fmt::format(
      "<!-- Made by `pipec explain --list {0} --format markdown` -->\n\n# The module {0}\n\n"
      "| name | kind | |\n|---|---|---|\n",
      module);
  for (const WordPage& page : pages) {
    if (page.module == module)
      text += fmt::format("| [{0}](#{0}) | {1} | {2} |\n", page.name, page.what,
                          markdown_escaped(summary_of(page)));
  }
  for (const WordPage& page : pages) {
    if (page.module == module) text += markdown_of(page);
  }
  return text;
}

}  // namespace pipec::driver
