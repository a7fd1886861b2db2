#include "compiler/frontend/compilation.h"

namespace pipec {

bool Compilation::run() {
  program_ = load(options_.entry, options_.root, library_, files_, sources_, sink_, error_);
  if (program_ == nullptr) return false;
  // Names and types of a file that was not understood whole would only repeat its syntax errors
  // in other words.
  if (sink_.has_errors()) return true;
  analysis_ = sema::analyse(program_->input, options_.targets, sink_);
  rules::run(analysis_.model, options_.policy, sink_);
  return true;
}

}  // namespace pipec
