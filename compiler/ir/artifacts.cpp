#include "compiler/ir/artifacts.h"

#include "compiler/support/check.h"

namespace pipec::ir {
namespace {

// What a cell makes of a collection is an artifact of its own.
std::string name_of(const std::string& name, const sema::Element& maker) {
  return maker.cell ? name + "@" + maker.cell->name : name;
}

}  // namespace

Artifacts::Artifacts(const sema::Pipeline& pipeline, const std::vector<sema::Route>& graphs) {
  for (const sema::ExternalArtifact& external : pipeline.externals) {
    const sema::Value* image = external.value.find("image");
    indices_.emplace(external.name, artifacts_.size());
    artifacts_.push_back({.name = external.name,
                          .type = external.type,
                          .image = image == nullptr ? "" : image->text(),
                          .span = external.span});
  }
  for (const sema::Route& graph : graphs) {
    for (const sema::Stage& stage : graph.stages) {
      for (const auto& element : stage.elements) {
        const sema::Value* outputs = element->property("outputs");
        if (outputs == nullptr) continue;
        for (const auto& [name, output] : outputs->entries())
          add(name, output, *element);
      }
    }
  }
}

void Artifacts::add(const std::string& output_name, const sema::Value& output, const sema::Element& maker) {
  const std::string name = name_of(output_name, maker);
  if (!indices_.emplace(name, artifacts_.size()).second) return;
  Artifact artifact{.name = name, .type = output.text(), .maker = maker.id, .span = output.span};
  if (maker.cell) artifact.folder = output_name + "/" + maker.cell->name;
  if (const sema::Value* paths = output.find("paths")) {
    for (const sema::Value& path : paths->items())
      artifact.paths.push_back(path.text());
  }
  if (const sema::Value* path = output.find("path")) artifact.paths.push_back(path->text());
  if (const sema::Value* registry = output.find("registry")) {
    artifact.registry = registry->text();
    artifact.repository = registry->find("repository")->text();
  }
  artifacts_.push_back(std::move(artifact));
}

size_t Artifacts::index(const std::string& name) const {
  const auto found = indices_.find(name);
  PIPEC_CHECK(found != indices_.end());
  return found->second;
}

size_t Artifacts::index(const std::string& output, const sema::Element& maker) const {
  return index(name_of(output, maker));
}

void Artifacts::enter(const sema::Route& graph) {
  collections_.clear();
  for (const sema::Stage& stage : graph.stages) {
    for (const auto& element : stage.elements) {
      if (!element->cell) continue;
      for (const auto& output : element->produces)
        collections_[output.first].push_back(index(output.first, *element));
    }
  }
}

const std::vector<size_t>* Artifacts::collection(const std::string& name) const {
  const auto found = collections_.find(name);
  return found == collections_.end() ? nullptr : &found->second;
}

}  // namespace pipec::ir
