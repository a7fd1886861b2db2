#include "compiler/sema/chosen_targets.h"

#include <algorithm>
#include <iterator>

namespace pipec::sema {

std::string_view left_out_for(const Model& model, const Pipeline& pipeline, const Target& target) {
  return model.targets_asked_for ? std::string_view() : pipeline.missing_setting(target);
}

std::vector<const Target*> targets_of(const Model& model, const Pipeline& pipeline) {
  std::vector<const Target*> targets;
  std::copy_if(model.targets.begin(), model.targets.end(), std::back_inserter(targets),
               [&](const Target* target) { return left_out_for(model, pipeline, *target).empty(); });
  return targets;
}

}  // namespace pipec::sema
