#include "tests/mutation/reading.h"

#include "compiler/ast/serialize.h"
#include "compiler/frontend/standard_library.h"
#include "tests/mutation/vocabulary.h"

#include <algorithm>
#include <array>

namespace pipec::test {
namespace {

class Reader {
 public:
  explicit Reader(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // What stands in an heir comes behind what its base says.
  ReadPipeline pipeline(const ast::Pipeline& node) {
    ReadPipeline read;
    read.name = node.name.text;
    std::vector<const ast::PipelineItem*> items;
    collect(node, items, read);
    ReadRoute all;
    for (const ast::PipelineItem* item : items) {
      if (const auto* block = std::get_if<ast::Block>(&item->node)) contents(*block, read);
      if (const auto* exemption = std::get_if<ast::Exemption>(&item->node))
        read.exempt.insert(exemption->place.text());
      if (const auto* node_stage = std::get_if<ast::Stage>(&item->node)) {
        ReadRoute here = stage(*node_stage);
        const bool outside = outside_.contains(here.stages.front().role);
        if (outside) read.workstation.push_back(std::move(here));
        if (!outside) append(all, here);
      }
    }
    for (const ast::PipelineItem* item : items) {
      const auto* derivation = std::get_if<ast::Derivation>(&item->node);
      if (derivation != nullptr) derive(all, *derivation);
    }
    routes(items, all, read);
    return read;
  }

 private:
  void collect(const ast::Pipeline& node, std::vector<const ast::PipelineItem*>& items, ReadPipeline& read,
               int depth = 0) {
    if (depth > 8 || node.base.has_value() == node.profile.has_value()) throw Unknown();
    if (node.base) collect(vocabulary_.pipeline(*node.base), items, read, depth + 1);
    if (node.profile) profile(vocabulary_.profile(*node.profile), read);
    for (const ast::PipelineItem& item : node.items)
      items.push_back(&item);
  }

  void profile(const ast::Profile& node, ReadPipeline& read) {
    if (node.parent) profile(vocabulary_.profile(*node.parent), read);
    items(node.items, "", read);
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
        vocabulary_.fulfil(name, read.contained);
    }
  }

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
    vocabulary_.define(node.what, element);
    Vocabulary::set(element, node.properties);
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
      if (!change->place.stage)
        Vocabulary::set(route.elements.at(place(route, change->place.path)), change->properties);
    } else if (const auto* final = std::get_if<ast::Final>(&derivation)) {
      for (const ast::Path& path : final->places)
        route.elements.at(place(route, path)).final = true;
    } else {
      throw Unknown();
    }
  }

  // By the items of the route, those of the base first.
  static ReadRoute route(const std::vector<const ast::Route*>& nodes, const std::string& name,
                         const ReadRoute& from) {
    ReadRoute route = from;
    route.name = name;
    for (const ast::Route* node : nodes) {
      for (const auto& item : node->items) {
        const auto* field = std::get_if<ast::Field>(&item);
        if (field == nullptr || field->key.text != "stages") continue;
        const std::vector<std::string> kept = names_in(field->value);
        for (const ReadStage& stage : from.stages) {
          const bool stays = kept.empty() || std::find(kept.begin(), kept.end(), stage.name) != kept.end();
          if (!stays) remove_stage(route, stage.name);
        }
      }
    }
    for (const ast::Route* node : nodes) {
      for (const auto& item : node->items) {
        if (const auto* derivation = std::get_if<ast::Derivation>(&item)) derive(route, *derivation);
      }
    }
    return route;
  }

  static void routes(const std::vector<const ast::PipelineItem*>& items, const ReadRoute& all,
                     ReadPipeline& read) {
    // In the order in which they are first said.
    std::vector<std::pair<std::string, std::vector<const ast::Route*>>> found;
    for (const ast::PipelineItem* item : items) {
      const auto* written = std::get_if<ast::Route>(&item->node);
      if (written == nullptr) continue;
      const std::string name = written->hotfix ? "hotfix" : std::string(written->name.text);
      auto known =
          std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == name; });
      if (known == found.end()) known = found.insert(found.end(), {name, {}});
      known->second.push_back(written);
    }
    read.declared = all;
    read.routes.push_back(all);
    read.routes.front().name = "trunk";
    for (const auto& [name, written] : found) {
      if (name == "trunk") read.routes.front() = route(written, name, all);
    }
    for (const auto& [name, written] : found) {
      const ReadRoute from = name == "hotfix" ? read.routes.front() : all;
      if (name != "trunk") read.routes.push_back(route(written, name, from));
    }
  }

  const Vocabulary& vocabulary_;
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

std::optional<std::vector<ReadPipeline>> read_pipelines(const std::vector<const ast::File*>& files,
                                                        const Library& library) {
  std::vector<ReadPipeline> pipelines;
  const Vocabulary vocabulary(files, library);
  try {
    for (const ast::Declaration& declaration : files.front()->declarations) {
      const auto* node = std::get_if<ast::Pipeline>(&declaration);
      if (node != nullptr && !node->is_base) pipelines.push_back(Reader(vocabulary).pipeline(*node));
    }
  } catch (const Unknown&) {
    return std::nullopt;
  }
  return pipelines;
}

}  // namespace pipec::test
