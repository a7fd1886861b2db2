// The programs that pipec knows in the command of an element.
#pragma once

#include "compiler/sema/model.h"

#include <string_view>
#include <vector>

namespace pipec::rules {

struct KnownProgram {
  const sema::Program* program = nullptr;
  // A capability of the element names it, so it does the element's work.
  bool own = false;
};

// Those that the element's capabilities name, and those that any command may call. Refers to the element.
class KnownPrograms {
 public:
  explicit KnownPrograms(const sema::Element& element);

  // What is known of a program, what a capability of the element knows first: one name may stand for several
  // works.
  std::vector<KnownProgram> named(std::string_view name) const;
  // The program of this name, when it prints what it got from elsewhere; null otherwise.
  const sema::Program* fetcher(std::string_view name) const;
  // Whether some of them takes arguments from this variable of the environment.
  bool look_at(std::string_view variable) const;

 private:
  const std::vector<const sema::Capability*>& capabilities_;
  // Sorted by name.
  const std::vector<sema::Program>* general_ = nullptr;
};

}  // namespace pipec::rules
