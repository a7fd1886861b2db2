// Pipelines of any size for benchmarks and for the test of growth.
#pragma once

#include <cstddef>
#include <string>

namespace pipec::bench {

enum class Shape {
  // Twenty elements side by side in every stage.
  wide,
  // Twenty elements one after the other in every stage.
  deep,
  // As wide; every element takes an artifact of the stage before, and makes one.
  artifacts,
  // As wide; the pipeline delivers, and a route and a hotfix derive from it.
  hotfix,
};

std::string pipeline_of(size_t elements, Shape shape);

}  // namespace pipec::bench
