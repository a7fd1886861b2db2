// Every small change of a sample is refused where it was made, or means what it says. PIPEC_MUTATIONS=all
// tries every replacement of a token, which takes hours; otherwise a few, chosen by a fixed seed.
#include "compiler/support/check.h"
#include "tests/mutation/judge.h"
#include "tests/support/program.h"

#include <cstdlib>
#include <stdexcept>

#include <gtest/gtest.h>

// In the place of the function that ends the program: the mutant must be named first.
void pipec::check_failed(std::string_view file, int line, std::string_view condition) {
  throw std::logic_error(std::string(condition) + " does not hold at " + std::string(file) + ":" +
                         std::to_string(line));
}

namespace pipec::test {
namespace {

// So that they run side by side.
constexpr size_t parts = 8;
constexpr size_t few = 2;

size_t replacements() {
  const char* mutations = std::getenv("PIPEC_MUTATIONS");
  return mutations != nullptr && std::string_view(mutations) == "all" ? 0 : few;
}

class Mutation : public testing::TestWithParam<std::tuple<std::string, size_t>> {};

TEST_P(Mutation, IsRefusedWhereItIsOrMeansWhatItSays) {
  const auto& [sample, part] = GetParam();
  static const Library library;
  const std::string original = source_file(sample);
  const std::vector<Mutant> mutants = mutants_of(original, replacements());
  EXPECT_GT(mutants.size(), 1000u);
  Judge judge("sample.pipe", original, library);
  for (size_t i = part; i < mutants.size(); i += parts) {
    try {
      EXPECT_EQ(judge.judge(mutants[i]), "") << mutants[i].what;
    } catch (const std::exception& error) {
      ADD_FAILURE() << mutants[i].what << ": " << error.what();
    }
  }
  const Counts& counts = judge.counts();
  RecordProperty("in_the_block", static_cast<int>(counts.refused_in_the_block));
  std::printf("%zu refused in the block, %zu by name, %zu accepted, of which %zu not read\n",
              counts.refused_in_the_block, counts.refused_by_name, counts.accepted, counts.not_read);
  EXPECT_GT(counts.refused_in_the_block, 0u);
  EXPECT_GT(counts.accepted, 0u);
  EXPECT_LT(counts.not_read * 50, counts.accepted);
}

INSTANTIATE_TEST_SUITE_P(Samples, Mutation,
                         testing::Combine(testing::Values("samples/checkout/checkout.pipe",
                                                          "samples/quickstart/quickstart.pipe"),
                                          testing::Range(size_t{0}, parts)),
                         [](const auto& info) {
                           const std::string path = std::get<0>(info.param);
                           const size_t end = path.rfind('.');
                           const size_t begin = path.rfind('/') + 1;
                           return path.substr(begin, end - begin) + "_" +
                                  std::to_string(std::get<1>(info.param));
                         });

}  // namespace
}  // namespace pipec::test
