// Where in the structure of a file a span is: what stays the same when lines move.
#pragma once

#include "compiler/ast/ast.h"

#include <string>

namespace pipec::report {

struct StructurePlace {
  // Empty outside of pipelines.
  std::string pipeline;
  // `build.scan`, `hotfix.build.scan`, `source app`; the declaration's name outside of pipelines; empty for
  // the pipeline or the file as a whole.
  std::string place;
};

// The innermost named part of the file that holds the span.
StructurePlace place_in(const ast::File& file, Span span);

}  // namespace pipec::report
