// What is deployed is what its final gates looked at.
#pragma once

#include "compiler/rules/hotfix/lineage.h"
#include "compiler/rules/hotfix/owed_gates.h"
#include "compiler/rules/rules.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace pipec::rules {

class ExaminedArtifacts {
 public:
  // `origin` has the final gates, `places` are those of its elements, and `route` owes the gates. Everything
  // must outlive this.
  ExaminedArtifacts(const Context& context, const sema::Route& origin, const Places& places,
                    const sema::Route& route, ReportedGates& reported);

  // Whether `deployment` of the route deploys only what its gate examines, or what is made of that, and says
  // where it does not. `originals`: what the origin deploys to the same environment.
  bool check(const sema::Element& original, const sema::Element& gate, const sema::Element& deployment,
             const std::vector<sema::Route::Position>& originals);

 private:
  void collect_types();
  const std::string& type_of(const std::string& artifact) const;
  std::set<std::string> deployed_types(const sema::Element& gate) const;
  bool is_made_of_examined(const sema::ArtifactUse& use, const sema::Element& original,
                           const sema::Element& gate, const sema::Element& deployment);
  bool makes_part_of(const sema::Element& element, const std::string& artifact);
  bool is_new(const sema::Element& gate, const std::string& artifact);

  const Context& context_;
  const sema::Route& origin_;
  const Places& places_;
  const sema::Route& route_;
  ReportedGates& reported_;
  // What the origin deploys and makes, and the type of every artifact.
  std::set<std::string> deployed_;
  std::map<std::string, std::string> made_by_origin_;
  std::map<std::string, std::string> types_;
  Lineage in_origin_;
  Lineage in_route_;
};

}  // namespace pipec::rules
