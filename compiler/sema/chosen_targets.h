// Which targets a pipeline is compiled to. Everything that is judged or shown by target goes by this.
#pragma once

#include "compiler/sema/model.h"

#include <string_view>
#include <vector>

namespace pipec::sema {

// The setting for whose want the target is left out of the pipeline; empty when it is not. What `--target`
// names is never left out.
std::string_view left_out_for(const Model& model, const Pipeline& pipeline, const Target& target);

// The targets that the pipeline is compiled to, in the order of their names.
std::vector<const Target*> targets_of(const Model& model, const Pipeline& pipeline);

}  // namespace pipec::sema
