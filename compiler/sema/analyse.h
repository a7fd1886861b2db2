// Names, types, routes and order: syntax trees to the checked model.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pipec::sema {

// For each pipeline that a test has itself what the analysis found in it. It concerns that test alone.
using FoundInTests = std::map<const Pipeline*, std::vector<Diagnostic>>;

// A finished analysis. The model points into the other parts and into the syntax trees of the input.
struct Analysis {
  std::unique_ptr<TypeTable> types;
  std::unique_ptr<Declarations> declarations;
  std::unique_ptr<Profiles> profiles;
  Model model;
  FoundInTests found_in_tests;
};

// Analyses the entry module and what it uses. `input` and the trees it points to must outlive the result.
// `targets`: the targets that are asked for; all of the standard library when empty. Mistakes are reported;
// the model holds what could be made of the rest.
Analysis analyse(const ProgramInput& input, const std::vector<std::string>& targets, DiagnosticSink& sink);

}  // namespace pipec::sema
