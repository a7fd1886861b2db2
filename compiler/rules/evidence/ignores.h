// Files beside the sources by which programs leave out findings.
#pragma once

#include "compiler/sema/model.h"

#include <set>
#include <string>

namespace pipec::rules {

using FileNames = std::set<std::string, std::less<>>;

// The names of those that the programs have which any element of the pipeline may call.
FileNames known_ignore_files(const sema::Pipeline& pipeline);
// Of those that the element's command reads: a call that is given `/dev/null` in their place reads none.
FileNames ignore_files_of(const sema::Element& element);

// Every element of the pipeline once, of all routes and of the workstation.
std::vector<const sema::Element*> elements_of(const sema::Pipeline& pipeline);

}  // namespace pipec::rules
