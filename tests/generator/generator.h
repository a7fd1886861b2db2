// Random valid pipelines, and what they mean by a reading so simple that it needs no compiler: which elements
// a route has, what each does, and which must have ended before which starts. Compiled, emitted and read back
// they must come out as that reading says.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pipec::test {

struct GeneratedElement {
  // `build.e3`
  std::string id;
  std::string kind;
  std::string command;
  std::map<std::string, std::string> environment;
  int64_t timeout_seconds = 0;
  bool blocking = true;
  bool always = false;
};

// A route by the naive reading.
struct GeneratedRoute {
  std::string name;
  std::map<std::string, GeneratedElement> elements;
  // Every pair of elements of which the first must have ended before the second starts.
  std::set<std::pair<std::string, std::string>> orders;
};

struct GeneratedPipeline {
  std::string text;
  std::vector<GeneratedRoute> routes;
};

// The same seed gives the same pipeline.
GeneratedPipeline generate(uint32_t seed);

}  // namespace pipec::test
