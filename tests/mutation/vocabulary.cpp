#include "tests/mutation/vocabulary.h"

namespace pipec::test {
namespace {

template <class T>
const T& found(const std::map<std::string, const T*>& declared, const std::string& name) {
  const auto entry = declared.find(name);
  if (entry == declared.end()) throw Unknown();
  return *entry->second;
}

}  // namespace

const ast::Field* find(const std::vector<ast::Field>& fields, std::string_view name) {
  for (const ast::Field& field : fields) {
    if (field.key.text == name) return &field;
  }
  return nullptr;
}

std::vector<std::string> names_in(const ast::Expr& expr) {
  if (const auto* path = as<ast::PathExpr>(expr)) return {path->path.text()};
  std::vector<std::string> names;
  if (const auto* list = as<ast::ListExpr>(expr)) {
    for (const ast::Expr& item : list->items) {
      const auto* path = as<ast::PathExpr>(item);
      if (path == nullptr) throw Unknown();
      names.push_back(path->path.text());
    }
    return names;
  }
  throw Unknown();
}

std::string text_of(const ast::Expr& expr) {
  const auto* text = as<ast::TextExpr>(expr);
  return text == nullptr ? "" : text->texts.front();
}

Vocabulary::Vocabulary(const std::vector<const ast::File*>& files, const Library& library) {
  for (const ast::File* file : files)
    declare(*file);
  for (const auto& standard : library.files())
    declare(*standard);
  for (const ast::File* file : files) {
    for (const ast::Import& import : file->imports) {
      for (const ast::ImportItem& item : import.items)
        imported_[std::string(item.local().text)] = item.name.text;
    }
  }
}

void Vocabulary::declare(const ast::File& file) {
  for (const ast::Declaration& declaration : file.declarations) {
    const std::string name(ast::name_of(declaration).text);
    if (const auto* element = std::get_if<ast::Element>(&declaration)) definitions_.emplace(name, element);
    if (const auto* capability = std::get_if<ast::Capability>(&declaration))
      capabilities_.emplace(name, capability);
    if (const auto* profile = std::get_if<ast::Profile>(&declaration)) profiles_.emplace(name, profile);
    if (const auto* pipeline = std::get_if<ast::Pipeline>(&declaration)) pipelines_.emplace(name, pipeline);
  }
}

std::string Vocabulary::resolved(const std::string& name) const {
  const auto entry = imported_.find(name);
  return entry == imported_.end() ? name : entry->second;
}

const ast::Profile& Vocabulary::profile(const ast::Path& name) const {
  return found(profiles_, resolved(name.text()));
}

const ast::Pipeline& Vocabulary::pipeline(const ast::Path& name) const {
  return found(pipelines_, resolved(name.text()));
}

void Vocabulary::fulfil(const std::string& name, std::set<std::string>& capabilities) const {
  const auto entry = capabilities_.find(resolved(name));
  if (entry == capabilities_.end() || !capabilities.insert(entry->first).second) return;
  if (entry->second->parent) fulfil(entry->second->parent->text(), capabilities);
}

void Vocabulary::fulfil_the_only_one(ast::ElementKind kind, std::set<std::string>& capabilities) const {
  if (kind != ast::ElementKind::approval) throw Unknown();
  std::vector<std::string> approvals;
  for (const auto& [name, capability] : capabilities_) {
    if (capability->kind == ast::CapabilityKind::approval) approvals.push_back(name);
  }
  if (approvals.size() != 1) throw Unknown();
  fulfil(approvals.front(), capabilities);
}

void Vocabulary::define(const std::vector<ast::Path>& what, ReadElement& element) const {
  for (const ast::Path& name : what)
    define(name.text(), element, 0);
  if (what.empty()) fulfil_the_only_one(element.kind, element.capabilities);
}

// The definition that it is built on comes first.
void Vocabulary::define(const std::string& name, ReadElement& element, int depth) const {
  fulfil(name, element.capabilities);
  const auto entry = definitions_.find(resolved(name));
  if (entry == definitions_.end() || depth > 8) return;
  for (const ast::Path& what : entry->second->what)
    define(what.text(), element, depth + 1);
  set(element, entry->second->properties);
}

void Vocabulary::set(ReadElement& element, const std::vector<ast::Field>& fields) {
  for (const ast::Field& field : fields) {
    const bool known = field.key.text == "final" || field.key.text == "continue_on_failure" ||
                       field.key.text == "fail_on" || field.key.text == "floor";
    if (!known) continue;
    const auto* path = as<ast::PathExpr>(field.value);
    if (path == nullptr || field.op != ast::AssignOp::set) throw Unknown();
    const std::string value = path->path.text();
    const bool severity = field.key.text == "fail_on" || field.key.text == "floor";
    if (severity ? looseness(value) < 0 : value != "true" && value != "false") throw Unknown();
    if (field.key.text == "final") element.final = value == "true";
    if (field.key.text == "continue_on_failure") element.blocking = value == "false";
    if (field.key.text == "fail_on") element.fail_on = value;
    if (field.key.text == "floor") element.floor = value;
  }
}

}  // namespace pipec::test
