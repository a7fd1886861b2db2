// What artifacts are made of.
#pragma once

#include "compiler/sema/model.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::rules {

// Which artifact of a route goes into which, over as many steps as there are.
class Lineage {
 public:
  explicit Lineage(const sema::Route& route);

  bool is_made_of(const std::string& artifact, const std::string& source);

 private:
  // By the index of an artifact, whether the source goes into it.
  const std::vector<bool>& made_of(size_t source);

  std::map<std::string, size_t, std::less<>> index_;
  // For each artifact, those that are made of it in one step.
  std::vector<std::vector<size_t>> next_;
  std::map<size_t, std::vector<bool>> known_;
};

}  // namespace pipec::rules
