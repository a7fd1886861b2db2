// Runs the tests of a file: compares what each expects with what its pipeline does.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/rules/conformance.h"
#include "compiler/sema/analyse.h"

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace pipec::expect {

class Runner {
 public:
  // The model must be free of errors. Both outlive the runner.
  Runner(const sema::Model& model, const sema::FoundInTests& found) : model_(model), found_(found) {}

  // Errors that the rules find in the pipelines of files. Those of a pipeline are left out when a test looks
  // at its findings or at a grade: whether they are right is then the test's affair.
  std::vector<Diagnostic> errors();

  // What did not hold, and what is wrong in a pipeline of the test's own and not expected; nothing when the
  // test passes.
  std::vector<Diagnostic> run(const sema::Test& test);

 private:
  // The day by which waivers are judged; all zero when they all hold.
  using Day = std::tuple<int, int, int>;

  // What the rules say of a pipeline on a day.
  struct Judgement {
    std::vector<Diagnostic> findings;
    rules::Conformance conformance;
  };

  // Errors in the test's own pipeline that it does not look for.
  std::vector<Diagnostic> unexpected_errors(const sema::Test& test);
  const Judgement& judge(const sema::Pipeline& pipeline, Day day);
  // Of the test; nothing and a report when that is not known.
  static std::optional<Day> day_of(const sema::Expectation& expectation, const sema::Test& test,
                                   DiagnosticSink& sink);
  void check(const sema::Expectation& expectation, const sema::Test& test, DiagnosticSink& sink);
  void check_findings(const sema::Expectation& expectation, const sema::Test& test, DiagnosticSink& sink);
  void check_grade(const sema::Expectation& expectation, const sema::Test& test, DiagnosticSink& sink);
  void check_time(const sema::Expectation& expectation, const sema::Test& test, DiagnosticSink& sink) const;

  const sema::Model& model_;
  const sema::FoundInTests& found_;
  std::map<std::pair<const sema::Pipeline*, Day>, Judgement> judgements_;
};

}  // namespace pipec::expect
