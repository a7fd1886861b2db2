// What must be true of a small change of a text that was right: the compiler refuses it at the place, or what
// it accepts says what the text says and still keeps what nobody may lose unnoticed.
#pragma once

#include "tests/mutation/mutants.h"
#include "tests/mutation/reading.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::test {

// How often each happened; a test looks that nothing is vacuous.
struct Counts {
  size_t refused_in_the_block = 0;
  size_t refused_by_name = 0;
  size_t accepted = 0;
  // Accepted, but written with what the naive reading does not know.
  size_t not_read = 0;
};

class Judge {
 public:
  // `original`: a text without errors, by the name `file`.
  Judge(std::string file, std::string original, const Library& library);

  // What is wrong with how the compiler treats the mutant; empty when nothing is.
  std::string judge(const Mutant& mutant);

  const Counts& counts() const { return counts_; }

 private:
  // The part of the pipeline, else the declaration, that the change is in, as a range of the mutant; all of
  // it when it is in none.
  Span block_of(const Mutant& mutant) const;
  bool in_pipeline(const Mutant& mutant) const;

  std::string file_;
  std::string original_;
  const Library& library_;
  struct Bracket {
    uint32_t head = 0;
    uint32_t open = 0;
    uint32_t close = 0;
  };
  std::vector<Bracket> brackets_;
  std::optional<std::vector<ReadPipeline>> reading_;
  std::string hotfix_;
  Counts counts_;
};

}  // namespace pipec::test
