// Every small change of a sample is refused at its place, or means what it says. PIPEC_MUTATIONS=all
// tries every replacement of a token, which takes hours; otherwise a few, chosen by a fixed seed.
#include "compiler/support/check.h"
#include "tests/mutation/judge.h"
#include "tests/support/program.h"

#include <cstdlib>
#include <ostream>
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

// A sample of a folder below samples/: the file that is changed and the one that is compiled.
struct Changed {
  std::string folder;
  std::vector<std::string> files;
  std::string changed;
  std::string entry;
};

std::ostream& operator<<(std::ostream& out, const Changed& sample) {
  return out << sample.folder << "/" << sample.changed;
}

class Mutation : public testing::TestWithParam<std::tuple<Changed, size_t>> {};

TEST_P(Mutation, IsRefusedWhereItIsOrMeansWhatItSays) {
  const auto& [of, part] = GetParam();
  static const Library library;
  Sample sample{{}, of.entry, of.changed};
  for (const std::string& file : of.files)
    sample.files[file] = source_file("samples/" + of.folder + "/" + file);
  const std::vector<Mutant> mutants = mutants_of(sample.files.at(of.changed), replacements());
  EXPECT_GT(mutants.size(), 500u);
  Judge judge(std::move(sample), library);
  for (size_t i = part; i < mutants.size(); i += parts) {
    try {
      EXPECT_EQ(judge.judge(mutants[i]), "") << mutants[i].what;
    } catch (const std::exception& error) {
      ADD_FAILURE() << mutants[i].what << ": " << error.what();
    }
  }
  const Counts& counts = judge.counts();
  RecordProperty("at_the_place", static_cast<int>(counts.refused_at_the_place));
  std::printf("%zu refused at the place, %zu by name, %zu accepted, of which %zu not read\n",
              counts.refused_at_the_place, counts.refused_by_name, counts.accepted, counts.not_read);
  EXPECT_GT(counts.refused_at_the_place, 0u);
  EXPECT_GT(counts.accepted, 0u);
  EXPECT_LT(counts.not_read * 50, counts.accepted);
}

const Changed samples[] = {
    {"checkout", {"checkout.pipe"}, "checkout.pipe", "checkout.pipe"},
    {"quickstart", {"quickstart.pipe"}, "quickstart.pipe", "quickstart.pipe"},
    {"platform", {"acme.pipe", "search.pipe"}, "acme.pipe", "search.pipe"},
    {"platform", {"acme.pipe", "search.pipe"}, "search.pipe", "search.pipe"},
};

INSTANTIATE_TEST_SUITE_P(Samples, Mutation,
                         testing::Combine(testing::ValuesIn(samples), testing::Range(size_t{0}, parts)),
                         [](const auto& test) {
                           const std::string& file = std::get<0>(test.param).changed;
                           return file.substr(0, file.find('.')) + "_" +
                                  std::to_string(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace pipec::test
