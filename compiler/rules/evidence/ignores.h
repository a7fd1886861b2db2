// Files beside the sources by which programs leave out findings.
#pragma once

#include "compiler/sema/model.h"

#include <set>
#include <string>

namespace pipec::rules {

using FileNames = std::set<std::string, std::less<>>;

struct IgnoreFiles {
  // Names that programs know, of files in any folder around the pipeline file.
  FileNames known;
  // What calls are given by a flag: paths from the repository's root, or what is written where that is none,
  // `$FILE` or a path that leaves it.
  FileNames given;

  bool contain(const sema::IgnoreFile& file) const {
    return known.contains(file.name) || given.contains(file.path);
  }
};

// Those of the programs that any element of the pipeline may call, and what its calls are given.
IgnoreFiles ignore_files_of(const sema::Pipeline& pipeline);
// Those that the element's command reads: a call that is given `/dev/null` in their place reads none.
IgnoreFiles ignore_files_of(const sema::Element& element);

// Every element of the pipeline once, of all routes and of the workstation.
std::vector<const sema::Element*> elements_of(const sema::Pipeline& pipeline);

}  // namespace pipec::rules
