#include "compiler/rules/hotfix/lineage.h"

#include <vector>

namespace pipec::rules {

Lineage::Lineage(const sema::Route& route) {
  for (const sema::Stage& stage : route.stages) {
    for (const auto& element : stage.elements) {
      for (const auto& [artifact, type] : element->produces)
        makers_.emplace(artifact, element.get());
    }
  }
}

const std::set<std::string>& Lineage::of(const std::string& artifact) {
  const auto [found, added] = known_.try_emplace(artifact);
  std::set<std::string>& sources = found->second;
  std::vector<std::string> open;
  if (added) open.push_back(artifact);
  while (!open.empty()) {
    const auto maker = makers_.find(open.back());
    open.pop_back();
    if (maker == makers_.end()) continue;
    for (const sema::ArtifactUse& use : maker->second->consumes) {
      if (use.artifact != artifact && sources.insert(use.artifact).second) open.push_back(use.artifact);
    }
  }
  return sources;
}

}  // namespace pipec::rules
