// Names, types, routes and order: syntax trees to the checked model.
#pragma once

#include "compiler/sema/model.h"

#include <memory>
#include <string>
#include <vector>

namespace pipec::sema {

// A finished analysis. The model points into the other parts and into the syntax trees of the input.
struct Analysis {
  std::unique_ptr<TypeTable> types;
  std::unique_ptr<Declarations> declarations;
  std::unique_ptr<Profiles> profiles;
  Model model;
};

// Analyses the entry module and what it uses. `input` and the trees it points to must outlive the result.
// `targets`: the targets that are asked for; all of the standard library when empty. Mistakes are reported;
// the model holds what could be made of the rest.
Analysis analyse(const ProgramInput& input, const std::vector<std::string>& targets, DiagnosticSink& sink);

}  // namespace pipec::sema
