#include "compiler/rules/evidence/known_programs.h"

#include <algorithm>

namespace pipec::rules {
namespace {

bool takes(const std::vector<sema::Program>& programs, std::string_view variable) {
  return std::any_of(programs.begin(), programs.end(), [&](const sema::Program& program) {
    const auto& variables = program.variables;
    return std::any_of(variables.begin(), variables.end(),
                       [&](const auto& known) { return known.first == variable; });
  });
}

}  // namespace

KnownPrograms::KnownPrograms(const sema::Element& element) : capabilities_(element.capabilities) {
  for (const sema::Capability* capability : capabilities_) {
    if (capability->general != nullptr) general_ = capability->general;
  }
}

std::vector<KnownProgram> KnownPrograms::named(std::string_view name) const {
  std::vector<KnownProgram> found;
  for (const sema::Capability* capability : capabilities_) {
    for (const sema::Program& program : capability->commands) {
      if (program.name == name) found.push_back({&program, true});
    }
  }
  if (general_ == nullptr) return found;
  const auto first = std::lower_bound(
      general_->begin(), general_->end(), name,
      [](const sema::Program& program, std::string_view wanted) { return program.name < wanted; });
  for (auto program = first; program != general_->end() && program->name == name; ++program)
    found.push_back({&*program, false});
  return found;
}

const sema::Program* KnownPrograms::fetcher(std::string_view name) const {
  for (const KnownProgram& known : named(name)) {
    if (known.program->fetches) return known.program;
  }
  return nullptr;
}

bool KnownPrograms::look_at(std::string_view variable) const {
  return (general_ != nullptr && takes(*general_, variable)) ||
         std::any_of(capabilities_.begin(), capabilities_.end(), [&](const sema::Capability* capability) {
           return takes(capability->commands, variable);
         });
}

}  // namespace pipec::rules
