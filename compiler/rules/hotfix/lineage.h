// What artifacts are made of.
#pragma once

#include "compiler/sema/model.h"

#include <map>
#include <set>
#include <string>

namespace pipec::rules {

class Lineage {
 public:
  // The route must outlive this.
  explicit Lineage(const sema::Route& route);

  // The artifacts that went into this one, over as many steps as there are; itself left out.
  const std::set<std::string>& of(const std::string& artifact);

 private:
  std::map<std::string, const sema::Element*, std::less<>> makers_;
  std::map<std::string, std::set<std::string>> known_;
};

}  // namespace pipec::rules
