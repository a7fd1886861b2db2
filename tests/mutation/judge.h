// What must be true of a small change of a text that was right: the compiler refuses it at the place, or what
// it accepts says what the text says and still keeps what nobody may lose unnoticed.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/ir/ir.h"
#include "tests/mutation/mutants.h"
#include "tests/mutation/places.h"
#include "tests/mutation/reading.h"

#include <map>
#include <string>
#include <vector>

namespace pipec::test {

// A pipeline, and the file that is changed: its own, or one that it imports.
struct Sample {
  // By name, without errors.
  std::map<std::string, std::string> files;
  std::string entry;
  std::string changed;
};

// How often each happened; a test looks that nothing is vacuous.
struct Counts {
  // At the change, or at what uses what was changed.
  size_t refused_at_the_place = 0;
  size_t refused_by_name = 0;
  size_t accepted = 0;
  // Accepted, but written with what the naive reading does not know.
  size_t not_read = 0;
};

class Judge {
 public:
  Judge(Sample sample, const Library& library);
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  // What is wrong with how the compiler treats the mutant; empty when nothing is.
  std::string judge(const Mutant& mutant);

  const Counts& counts() const { return counts_; }

 private:
  using Files = std::map<std::string, std::string>;

  std::string judge_refusal(const Mutant& mutant, const std::vector<Diagnostic>& diagnostics,
                            const SourceManager& sources);
  std::string judge_accepted(const Files& files, const ir::Program& program, const std::string& shown);
  std::optional<std::vector<ReadPipeline>> read(const Files& files) const;
  std::string hotfix_of(const Files& files) const;
  std::string other_routes_of(const Files& files) const;

  Sample sample_;
  const Library& library_;
  Places places_;
  std::optional<std::vector<ReadPipeline>> reading_;
  // What `pipec hotfix` prints, and what `pipec report` says of the routes besides.
  std::string hotfix_;
  std::string other_routes_;
  Counts counts_;
};

}  // namespace pipec::test
