// The compiler knows none of the names of the standard library: with every profile, capability, definition,
// tool and provider under another name it says and emits the same, but for the names.
#include "compiler/ast/serialize.h"
#include "compiler/driver/driver.h"
#include "compiler/parse/parse.h"
#include "tests/support/program.h"

#include <algorithm>
#include <deque>
#include <set>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

// Stands in no name and no text of the library, so that taking it away gives the old names back.
constexpr std::string_view prefix = "qz9-";

// Collects where the names of a set stand as names: declared, imported, required, fulfilled. Words that are
// the same but mean something else (the artifact type `sbom`) stay.
class NamePlaces {
 public:
  NamePlaces(const std::set<std::string, std::less<>>& names, std::vector<Span>& spans)
      : names_(names), spans_(spans) {}

  void file(const ast::File& file) {
    for (const ast::Import& import : file.imports) {
      for (const ast::ImportItem& item : import.items)
        name(item.name);
    }
    for (const ast::Declaration& declaration : file.declarations) {
      if (const auto* node = std::get_if<ast::Capability>(&declaration)) {
        name(node->name);
        if (node->parent) path(*node->parent);
      } else if (const auto* element = std::get_if<ast::Element>(&declaration)) {
        name(element->name);
        for (const ast::Path& what : element->what)
          path(what);
      } else if (const auto* profile = std::get_if<ast::Profile>(&declaration)) {
        name(profile->name);
        if (profile->parent) path(*profile->parent);
        items(profile->items);
      } else if (const auto* pipeline = std::get_if<ast::Pipeline>(&declaration)) {
        if (pipeline->profile) path(*pipeline->profile);
        for (const ast::PipelineItem& item : pipeline->items)
          pipeline_item(item);
      }
    }
  }

 private:
  void name(const ast::Name& name) {
    if (names_.contains(name.text)) spans_.push_back(name.span);
  }
  void path(const ast::Path& path) { name(path.parts.front()); }
  void expression(const ast::Expr& expr) {
    if (const auto* reference = std::get_if<ast::PathExpr>(&expr.node)) path(reference->path);
    if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) {
      for (const ast::Expr& item : list->items)
        expression(item);
    }
    if (const auto* call = std::get_if<ast::CallExpr>(&expr.node)) {
      for (const ast::Argument& argument : call->arguments)
        expression(argument.value);
    }
  }
  void fields(const std::vector<ast::Field>& fields, std::string_view key) {
    for (const ast::Field& field : fields) {
      if (field.key.text == key) expression(field.value);
    }
  }
  void items(const std::vector<ast::ProfileItem>& list) {
    for (const ast::ProfileItem& item : list) {
      if (const auto* role = std::get_if<ast::Role>(&item.node)) items(role->items);
      if (const auto* requirement = std::get_if<ast::Requirement>(&item.node)) {
        for (const ast::Path& alternative : requirement->alternatives)
          path(alternative);
        fields(requirement->properties, "contradicted_by");
      }
      if (const auto* rule = std::get_if<ast::Rule>(&item.node)) fields(rule->properties, "check");
      if (const auto* order = std::get_if<ast::OrderRule>(&item.node)) {
        path(order->first);
        path(order->second);
      }
    }
  }
  void stage_items(const std::vector<ast::StageItem>& list) {
    for (const ast::StageItem& item : list) {
      if (const auto* element = std::get_if<ast::Element>(&item.node)) {
        for (const ast::Path& what : element->what)
          path(what);
      }
      if (const auto* group = std::get_if<ast::Group>(&item.node)) stage_items(group->items);
    }
  }
  void pipeline_item(const ast::PipelineItem& item) {
    if (const auto* block = std::get_if<ast::Block>(&item.node)) {
      fields(block->properties, "contains");
      fields(block->properties, "publish");
    }
    if (const auto* stage = std::get_if<ast::Stage>(&item.node)) stage_items(stage->items);
    if (const auto* exemption = std::get_if<ast::Exemption>(&item.node)) {
      if (exemption->place.parts.size() > 1) name(exemption->place.parts.back());
    }
  }

  const std::set<std::string, std::less<>>& names_;
  std::vector<Span>& spans_;
};

std::string renamed(const std::string& text, const std::set<std::string, std::less<>>& names) {
  SourceManager sources;
  DiagnosticSink sink;
  const SourceId id = sources.add("x", text);
  const ast::File file = parse::parse(id, sources, sink);
  EXPECT_TRUE(file.complete);
  std::vector<Span> spans;
  NamePlaces(names, spans).file(file);
  std::sort(spans.begin(), spans.end(), std::greater<>());
  std::string changed = text;
  for (const Span& span : spans)
    changed.insert(span.begin, prefix);
  return changed;
}

std::string without_prefix(std::string text) {
  for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

struct Library {
  std::deque<std::string> texts;
  std::vector<StandardFile> files;
  std::set<std::string, std::less<>> names;
};

Library renamed_library() {
  Library library;
  const std::set<std::string_view> kept{"prelude", "targets"};
  for (const StandardFile& file : standard_library()) {
    if (kept.contains(file.module)) continue;
    const ast::File tree = ast::deserialize(file.tree, SourceId{}, file.text);
    for (const ast::Declaration& declaration : tree.declarations)
      library.names.emplace(ast::name_of(declaration).text);
  }
  for (const StandardFile& file : standard_library()) {
    const std::string& text = library.texts.emplace_back(
        kept.contains(file.module) ? std::string(file.text) : renamed(std::string(file.text), library.names));
    SourceManager sources;
    DiagnosticSink sink;
    const SourceId id = sources.add_view("x", text);
    const std::string& tree =
        library.texts.emplace_back(ast::serialize(parse::parse(id, sources, sink), text));
    library.files.push_back({file.module, file.path, text, tree, file.names});
  }
  return library;
}

RunResult run_with(std::span<const StandardFile> library, const std::vector<std::string>& arguments,
                   const std::string& text) {
  return run(arguments, {{"checkout.pipe", text}}, library);
}

TEST(RenamedLibrary, SaysAndEmitsTheSame) {
  const Library library = renamed_library();
  EXPECT_GT(library.names.size(), 40u);
  const std::string text = source_file("samples/checkout/checkout.pipe");
  const std::string changed = renamed(text, library.names);
  EXPECT_NE(text, changed);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"lint", "checkout.pipe"},
                                                  {"hotfix", "checkout.pipe"},
                                                  {"hotfix", "checkout.pipe", "--format", "json"},
                                                  {"compile", "checkout.pipe", "-o", "out"}}) {
    SCOPED_TRACE(command.front());
    const RunResult before = run_with(standard_library(), command, text);
    const RunResult after = run_with(library.files, command, changed);
    EXPECT_EQ(before.exit_code, 0) << before.err;
    EXPECT_EQ(after.exit_code, before.exit_code) << after.err;
    EXPECT_EQ(without_prefix(after.out), before.out);
    EXPECT_EQ(without_prefix(after.err), before.err);
    for (const auto& [path, content] : before.files) {
      // The manifest holds the hash of the source, which is another one.
      if (path.ends_with("manifest.json") || path == "checkout.pipe") continue;
      ASSERT_TRUE(after.files.contains(path)) << path;
      EXPECT_EQ(without_prefix(after.files.at(path)), content) << path;
    }
  }
}

TEST(RenamedLibrary, FindsWhatIsMissingUnderItsNewName) {
  const Library library = renamed_library();
  std::string text = source_file("samples/checkout/checkout.pipe");
  const std::string gate = "      gate secrets: gitleaks\n";
  text.erase(text.find(gate), gate.size());
  text.replace(text.find("[lint, unit, secrets, sast]"), 27, "[lint, unit, sast]");
  const RunResult result = run_with(library.files, {"lint", "checkout.pipe"}, renamed(text, library.names));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("error[DPRA-APP-BUILD-04]"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace pipec::test
