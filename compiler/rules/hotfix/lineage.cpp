#include "compiler/rules/hotfix/lineage.h"

namespace pipec::rules {

Lineage::Lineage(const sema::Route& route) {
  const auto index_of = [&](const std::string& artifact) {
    const auto [found, added] = index_.emplace(artifact, index_.size());
    if (added) next_.emplace_back();
    return found->second;
  };
  for (const sema::Stage& stage : route.stages) {
    for (const auto& element : stage.elements) {
      for (const auto& [artifact, type] : element->produces) {
        const size_t made = index_of(artifact);
        for (const sema::ArtifactUse& use : element->consumes)
          next_[index_of(use.artifact)].push_back(made);
      }
    }
  }
}

bool Lineage::is_made_of(const std::string& artifact, const std::string& source) {
  const auto made = index_.find(artifact);
  const auto from = index_.find(source);
  return made != index_.end() && from != index_.end() && made_of(from->second)[made->second];
}

const std::vector<bool>& Lineage::made_of(size_t source) {
  const auto [found, added] = known_.try_emplace(source);
  std::vector<bool>& reached = found->second;
  if (!added) return reached;
  reached.resize(next_.size());
  std::vector<size_t> open{source};
  while (!open.empty()) {
    const size_t artifact = open.back();
    open.pop_back();
    for (const size_t made : next_[artifact]) {
      if (made == source || reached[made]) continue;
      reached[made] = true;
      open.push_back(made);
    }
  }
  return reached;
}

}  // namespace pipec::rules
