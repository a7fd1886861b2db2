#include "compiler/frontend/compilation.h"

#include "compiler/frontend/checkout.h"

namespace pipec {

bool Compilation::run() {
  if (!load()) return false;
  analyse();
  if (options_.policy.advice)
    analysis_.model.checkout = look_around(options_.entry, options_.root, analysis_.model, files_);
  rules::run(analysis_.model, options_.policy, sink_);
  return true;
}

bool Compilation::load() {
  program_ = pipec::load(options_.entry, options_.root, library_, files_, sources_, sink_, error_);
  return program_ != nullptr;
}

void Compilation::analyse() {
  // Names and types of a file that was not understood whole would only repeat its syntax errors
  // in other words.
  if (!sink_.has_errors()) analysis_ = sema::analyse(program_->input, options_.targets, sink_);
}

size_t Compilation::test_count() const {
  size_t count = 0;
  for (const auto& file : program_->input.modules[program_->input.entry].files) {
    for (const ast::Declaration& declaration : file.file->declarations)
      count += std::holds_alternative<ast::Test>(declaration) ? 1 : 0;
  }
  return count;
}

std::vector<SourceId> Compilation::user_sources() const {
  std::vector<SourceId> sources;
  for (const sema::ModuleInput& module : program_->input.modules) {
    if (module.standard) continue;
    for (const auto& file : module.files)
      sources.push_back(file.file->source);
  }
  return sources;
}

}  // namespace pipec
