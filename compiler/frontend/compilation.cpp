#include "compiler/frontend/compilation.h"

namespace pipec {

bool Compilation::run() {
  program_ = load(options_.entry, options_.root, library_, files_, sources_, sink_, error_);
  if (program_ == nullptr) return false;
  analysis_ = sema::analyse(program_->input, options_.targets, sink_);
  rules::run(analysis_.model, options_.policy, sink_);
  return true;
}

}  // namespace pipec
