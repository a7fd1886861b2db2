// Work grows with the number of elements, not faster: counted, not timed.
#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"
#include "compiler/support/counters.h"
#include "tests/bench/pipelines.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace pipec::bench {
namespace {

// Ten times as many elements, and what does not divide evenly.
constexpr double most_growth = 10.5;
constexpr size_t few = 1'000;
constexpr size_t many = 10'000;

// Only of the target whose number of elements is not limited.
std::map<std::string, uint64_t> work_on(const std::string& text) {
  MemoryFileSystem files;
  files.files["growth.pipe"] = text;
  counters = {};
  Compilation compilation({"growth.pipe", "", {"local"}, {}}, files, standard_library());
  EXPECT_TRUE(compilation.run());
  EXPECT_FALSE(compilation.sink().has_errors());
  const driver::Emission emission = driver::emit(compilation, driver::lower(compilation, files), {});
  EXPECT_TRUE(emission.defects.empty());
  size_t bytes = 0;
  for (const auto& [target, output] : emission.targets) {
    for (const backends::OutputFile& file : output)
      bytes += file.text.size();
  }
  return {
      {"bytes of input", text.size()},
      {"bytes emitted", bytes},
#define PIPEC_COUNTER(NAME, WORDS) {WORDS, counters.NAME},
#include "compiler/support/counters.def"
#undef PIPEC_COUNTER
  };
}

class Growth : public testing::TestWithParam<Shape> {};

TEST_P(Growth, IsLinear) {
  const auto small = work_on(pipeline_of(few, GetParam()));
  const auto large = work_on(pipeline_of(many, GetParam()));
  for (const auto& [what, count] : small) {
    const double growth = count == 0 ? 0 : static_cast<double>(large.at(what)) / static_cast<double>(count);
    EXPECT_LE(growth, most_growth) << what << ": " << count << " and " << large.at(what);
    std::printf("%-45s %12lu %12lu %6.2f\n", what.c_str(), count, large.at(what), growth);
  }
}

std::string name_of(const testing::TestParamInfo<Shape>& info) {
  const std::vector<std::string> names{"wide", "deep", "artifacts", "hotfix"};
  return names[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Shapes, Growth,
                         testing::Values(Shape::wide, Shape::deep, Shape::artifacts, Shape::hotfix), name_of);

// A counter that nothing counts would always pass.
TEST(Growth, IsCounted) {
  for (const auto& [what, count] : work_on(pipeline_of(few, Shape::hotfix)))
    EXPECT_GT(count, 0u) << what;
}

}  // namespace
}  // namespace pipec::bench
