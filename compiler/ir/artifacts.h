// The artifacts of a pipeline by name, and the collections of the route that is lowered.
#pragma once

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace pipec::ir {

class Artifacts {
 public:
  // Those of all routes as they run, and those from outside.
  Artifacts(const sema::Pipeline& pipeline, const std::vector<sema::Route>& graphs);

  // By index.
  const std::vector<Artifact>& all() const { return artifacts_; }
  // The artifact must exist.
  size_t index(const std::string& name) const;
  // Of what an element makes.
  size_t index(const std::string& output, const sema::Element& maker) const;

  // From here on the collections of this route are meant.
  void enter(const sema::Route& graph);
  // The parts of a collection, one for each cell; null for any other artifact.
  const std::vector<size_t>* collection(const std::string& name) const;

 private:
  void add(const std::string& output_name, const sema::Value& output, const sema::Element& maker);

  std::vector<Artifact> artifacts_;
  std::unordered_map<std::string, size_t> indices_;
  std::map<std::string, std::vector<size_t>> collections_;
};

}  // namespace pipec::ir
