#include "tests/mutation/reading.h"

#include "compiler/ast/serialize.h"
#include "compiler/frontend/standard_library.h"

#include <algorithm>
#include <array>

namespace pipec::test {
namespace {

// Thrown on what this reading does not know.
struct Unknown {};

template <class T>
const T* as(const ast::Expr& expr) {
  return std::get_if<T>(&expr.node);
}

const ast::Field* find(const std::vector<ast::Field>& fields, std::string_view name) {
  for (const ast::Field& field : fields) {
    if (field.key.text == name) return &field;
  }
  return nullptr;
}

// The names in a list, or the single one.
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

class Reader {
 public:
  Reader(const ast::File& file, const Library& library) {
    declare(file);
    for (const auto& standard : library.files())
      declare(*standard);
    for (const ast::Import& import : file.imports) {
      for (const ast::ImportItem& item : import.items)
        imported_[std::string(item.local().text)] = item.name.text;
    }
  }

  ReadPipeline pipeline(const ast::Pipeline& node) {
    if (node.is_base || node.base || !node.profile) throw Unknown();
    ReadPipeline read;
    read.name = node.name.text;
    profile(resolved(node.profile->text()), read);
    ReadRoute all;
    for (const ast::PipelineItem& item : node.items) {
      if (const auto* block = std::get_if<ast::Block>(&item.node)) contents(*block, read);
      if (const auto* exemption = std::get_if<ast::Exemption>(&item.node))
        read.exempt.insert(exemption->place.text());
      if (const auto* node_stage = std::get_if<ast::Stage>(&item.node)) {
        ReadRoute here = stage(*node_stage);
        const bool outside = outside_.contains(here.stages.front().role);
        if (outside) read.workstation.push_back(std::move(here));
        if (!outside) append(all, here);
      }
    }
    for (const ast::PipelineItem& item : node.items) {
      const auto* derivation = std::get_if<ast::Derivation>(&item.node);
      if (derivation != nullptr) derive(all, *derivation);
    }
    routes(node, all, read);
    return read;
  }

 private:
  void declare(const ast::File& file) {
    for (const ast::Declaration& declaration : file.declarations) {
      const std::string name(ast::name_of(declaration).text);
      if (const auto* element = std::get_if<ast::Element>(&declaration)) definitions_.emplace(name, element);
      if (const auto* capability = std::get_if<ast::Capability>(&declaration))
        capabilities_.emplace(name, capability);
      if (const auto* node = std::get_if<ast::Profile>(&declaration)) profiles_.emplace(name, node);
    }
  }

  std::string resolved(const std::string& name) const {
    const auto found = imported_.find(name);
    return found == imported_.end() ? name : found->second;
  }

  // ---- profiles

  void profile(const std::string& name, ReadPipeline& read) {
    const auto found = profiles_.find(name);
    if (found == profiles_.end()) throw Unknown();
    if (found->second->parent) profile(resolved(found->second->parent->text()), read);
    items(found->second->items, "", read);
  }

  void items(const std::vector<ast::ProfileItem>& all, const std::string& role, ReadPipeline& read) {
    for (const ast::ProfileItem& item : all) {
      if (const auto* inner = std::get_if<ast::Role>(&item.node)) {
        const std::string name(inner->name.text);
        roles_.insert(name);
        items(inner->items, name, read);
      } else if (const auto* requirement = std::get_if<ast::Requirement>(&item.node)) {
        require(*requirement, role, read);
      } else if (const auto* field = std::get_if<ast::Field>(&item.node)) {
        const auto* value = as<ast::PathExpr>(field->value);
        const std::string text = value == nullptr ? "" : value->path.text();
        if (field->key.text == "in_pipeline" && text == "false") outside_.insert(role);
        if (field->key.text == "production" && text == "true") read.production_roles.insert(role);
      }
    }
  }

  static void require(const ast::Requirement& node, const std::string& role, ReadPipeline& read) {
    if (node.level != ast::Requirement::Level::require || node.when ||
        find(node.properties, "level") != nullptr)
      return;
    ReadRequirement requirement{"", node.role ? std::string(node.role->text) : role, {}};
    if (const ast::Field* code = find(node.properties, "code")) requirement.code = text_of(code->value);
    for (const ast::Path& path : node.alternatives)
      requirement.alternatives.push_back(path.text());
    read.requirements.push_back(std::move(requirement));
  }

  void contents(const ast::Block& block, ReadPipeline& read) const {
    for (const std::string_view property : {"contains", "publish"}) {
      const ast::Field* field = find(block.properties, property);
      if (field == nullptr) continue;
      for (const std::string& name : names_in(field->value))
        fulfil(resolved(name), read.contained);
    }
  }

  // ---- elements

  // `name`, and what it extends.
  void fulfil(const std::string& name, std::set<std::string>& capabilities) const {
    const auto found = capabilities_.find(name);
    if (found == capabilities_.end() || !capabilities.insert(name).second) return;
    if (found->second->parent) fulfil(resolved(found->second->parent->text()), capabilities);
  }

  // An approval may leave out what it fulfils where there is one capability of approvals only.
  void fulfil_the_only_one(ast::ElementKind kind, std::set<std::string>& capabilities) const {
    if (kind != ast::ElementKind::approval) throw Unknown();
    std::vector<std::string> approvals;
    for (const auto& [name, capability] : capabilities_) {
      if (capability->kind == ast::CapabilityKind::approval) approvals.push_back(name);
    }
    if (approvals.size() != 1) throw Unknown();
    fulfil(approvals.front(), capabilities);
  }

  // A definition, the one that it is built on first.
  void define(const std::string& name, ReadElement& element, int depth = 0) const {
    fulfil(name, element.capabilities);
    const auto found = definitions_.find(name);
    if (found == definitions_.end() || depth > 8) return;
    for (const ast::Path& what : found->second->what)
      define(resolved(what.text()), element, depth + 1);
    set(element, found->second->properties);
  }

  static void set(ReadElement& element, const std::vector<ast::Field>& fields) {
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

  // ---- stages: every item stands after those before it, or beside them

  std::vector<std::string> group(const std::vector<ast::StageItem>& all, bool parallel, ReadRoute& here) {
    std::vector<std::string> ids;
    for (const ast::StageItem& item : all) {
      std::vector<std::string> more;
      if (const auto* element = std::get_if<ast::Element>(&item.node)) {
        more.push_back(add(*element, here));
      } else if (const auto* inner = std::get_if<ast::Group>(&item.node)) {
        if (inner->order == ast::Group::Order::always) throw Unknown();
        more = group(inner->items, inner->order == ast::Group::Order::parallel, here);
      }
      for (const std::string& before : ids) {
        for (const std::string& after : more) {
          if (!parallel) here.orders.emplace(before, after);
        }
      }
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return ids;
  }

  std::string add(const ast::Element& node, ReadRoute& here) {
    const std::string& stage = here.stages.front().name;
    const std::string id = stage + "." + std::string(node.name.text);
    ReadElement element;
    element.kind = node.kind;
    element.stage = stage;
    for (const ast::Path& what : node.what)
      define(resolved(what.text()), element);
    if (node.what.empty()) fulfil_the_only_one(node.kind, element.capabilities);
    set(element, node.properties);
    here.elements.emplace(id, std::move(element));
    if (const ast::Field* after = find(node.properties, "after")) {
      for (const std::string& name : names_in(after->value))
        here.orders.emplace(name.find('.') == std::string::npos ? stage + "." + name : name, id);
    }
    return id;
  }

  ReadRoute stage(const ast::Stage& node) {
    if (node.call) throw Unknown();
    ReadRoute here;
    const std::string name(node.name.text);
    std::string role = node.role ? std::string(node.role->text) : name;
    if (!roles_.contains(role)) role.clear();
    here.stages.push_back({name, role, node.environment ? node.environment->text() : ""});
    group(node.items, false, here);
    close(here);
    return here;
  }

  static void close(ReadRoute& route) {
    for (const auto& [middle, ignored] : route.elements) {
      for (const auto& [first, unused] : route.elements) {
        if (!route.orders.contains({first, middle})) continue;
        for (const auto& [last, also] : route.elements) {
          if (route.orders.contains({middle, last})) route.orders.emplace(first, last);
        }
      }
    }
  }

  static void append(ReadRoute& route, const ReadRoute& stage) {
    for (const auto& [before, ignored] : route.elements) {
      for (const auto& [after, unused] : stage.elements)
        route.orders.emplace(before, after);
    }
    route.stages.insert(route.stages.end(), stage.stages.begin(), stage.stages.end());
    route.elements.insert(stage.elements.begin(), stage.elements.end());
    route.orders.insert(stage.orders.begin(), stage.orders.end());
  }

  // ---- routes

  static void remove(ReadRoute& route, const std::string& id) {
    route.elements.erase(id);
    std::erase_if(route.orders, [&](const auto& pair) { return pair.first == id || pair.second == id; });
  }

  static void remove_stage(ReadRoute& route, const std::string& name) {
    std::vector<std::string> gone;
    for (const auto& [id, element] : route.elements) {
      if (element.stage == name) gone.push_back(id);
    }
    for (const std::string& id : gone)
      remove(route, id);
    std::erase_if(route.stages, [&](const ReadStage& stage) { return stage.name == name; });
  }

  static std::string place(const ReadRoute& route, const ast::Path& path) {
    const std::string text = path.text();
    if (text.find('.') != std::string::npos) return text;
    std::vector<std::string> found;
    for (const auto& [id, element] : route.elements) {
      if (id.substr(id.find('.') + 1) == text) found.push_back(id);
    }
    if (found.size() != 1) throw Unknown();
    return found.front();
  }

  static void derive(ReadRoute& route, const ast::Derivation& derivation) {
    if (const auto* skip = std::get_if<ast::Skip>(&derivation)) {
      for (const ast::Place& what : skip->places) {
        if (what.stage) remove_stage(route, what.path.text());
        if (!what.stage) remove(route, place(route, what.path));
      }
    } else if (const auto* change = std::get_if<ast::Override>(&derivation)) {
      if (find(change->properties, "after") != nullptr) throw Unknown();
      if (!change->place.stage) set(route.elements.at(place(route, change->place.path)), change->properties);
    } else if (const auto* final = std::get_if<ast::Final>(&derivation)) {
      for (const ast::Path& path : final->places)
        route.elements.at(place(route, path)).final = true;
    } else {
      throw Unknown();
    }
  }

  static ReadRoute route(const ast::Route& node, const std::string& name, const ReadRoute& from) {
    ReadRoute route = from;
    route.name = name;
    for (const auto& item : node.items) {
      const auto* field = std::get_if<ast::Field>(&item);
      if (field == nullptr || field->key.text != "stages") continue;
      const std::vector<std::string> kept = names_in(field->value);
      for (const ReadStage& stage : from.stages) {
        const bool stays = kept.empty() || std::find(kept.begin(), kept.end(), stage.name) != kept.end();
        if (!stays) remove_stage(route, stage.name);
      }
    }
    for (const auto& item : node.items) {
      if (const auto* derivation = std::get_if<ast::Derivation>(&item)) derive(route, *derivation);
    }
    return route;
  }

  static void routes(const ast::Pipeline& node, const ReadRoute& all, ReadPipeline& read) {
    std::vector<const ast::Route*> found;
    for (const ast::PipelineItem& item : node.items) {
      if (const auto* written = std::get_if<ast::Route>(&item.node)) found.push_back(written);
    }
    read.routes.push_back(all);
    read.routes.front().name = "trunk";
    for (const ast::Route* written : found) {
      if (!written->hotfix && written->name.text == "trunk")
        read.routes.front() = route(*written, "trunk", all);
    }
    for (const ast::Route* written : found) {
      if (!written->hotfix && written->name.text == "trunk") continue;
      const std::string name = written->hotfix ? "hotfix" : std::string(written->name.text);
      const ReadRoute& from = written->hotfix ? ReadRoute(read.routes.front()) : all;
      read.routes.push_back(route(*written, name, from));
    }
  }

  std::map<std::string, std::string> imported_;
  std::map<std::string, const ast::Element*> definitions_;
  std::map<std::string, const ast::Capability*> capabilities_;
  std::map<std::string, const ast::Profile*> profiles_;
  std::set<std::string> roles_;
  std::set<std::string> outside_;
};

}  // namespace

const ReadStage* ReadRoute::find_stage(const std::string& stage) const {
  for (const ReadStage& candidate : stages) {
    if (candidate.name == stage) return &candidate;
  }
  return nullptr;
}

const ReadRoute* ReadPipeline::find_route(const std::string& route) const {
  for (const ReadRoute& candidate : routes) {
    if (candidate.name == route) return &candidate;
  }
  return nullptr;
}

Library::Library() {
  for (const StandardFile& file : standard_library())
    files_.push_back(std::make_unique<ast::File>(ast::deserialize(file.tree, SourceId{}, file.text)));
}

int looseness(const std::string& severity) {
  constexpr std::array<std::string_view, 4> from_low{"low", "medium", "high", "critical"};
  for (size_t i = 0; i < from_low.size(); ++i) {
    if (from_low[i] == severity) return static_cast<int>(i);
  }
  return -1;
}

std::optional<std::vector<ReadPipeline>> read_pipelines(const ast::File& file, const Library& library) {
  std::vector<ReadPipeline> pipelines;
  try {
    for (const ast::Declaration& declaration : file.declarations) {
      if (const auto* node = std::get_if<ast::Pipeline>(&declaration))
        pipelines.push_back(Reader(file, library).pipeline(*node));
    }
  } catch (const Unknown&) {
    return std::nullopt;
  }
  return pipelines;
}

}  // namespace pipec::test
