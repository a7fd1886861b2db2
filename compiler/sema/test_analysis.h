// From `test "…" { … }` to tests: which pipeline, what is given, which route that starts, what is expected.
// Internal to compiler/sema.
#pragma once

#include "compiler/sema/analyse.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/model.h"
#include "compiler/sema/profile.h"
#include "compiler/sema/test_names.h"
#include "compiler/sema/tests.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

class TestAnalysis {
 public:
  // `own`: the analysed pipelines of the entry module.
  TestAnalysis(Declarations& declarations, Profiles& profiles, Evaluator& evaluator, Model& model,
               std::map<const Entity*, const Pipeline*> own)
      : declarations_(declarations),
        profiles_(profiles),
        evaluator_(evaluator),
        sink_(declarations.sink()),
        model_(model),
        pipelines_(std::move(own)) {}

  // Adds the tests of the entry module to the model. Imported pipelines that they are about are analysed for
  // it. Gives what is wrong in those that tests have themselves: no other test or command is stopped by it.
  FoundInTests run();

 private:
  // test_analysis.cpp: the test and what is given
  void add(const ast::Test& node);
  bool has_title(const ast::Test& node);
  const Pipeline* pipeline_of(const ast::Test& node, const std::vector<ast::Field>& given);
  const Pipeline* given_pipeline(const ast::Pipeline& node);
  bool has_mistakes(const Pipeline& pipeline) const;
  void expect_mistakes(const ast::Test& node, Test test);
  const Pipeline* only_pipeline(const ast::Test& node);
  TestNames& names_of(const Pipeline& pipeline);
  const Pipeline* analysed(const Entity& entity);
  bool read_given(const ast::Test& node, const std::vector<ast::Field>& fields, TestNames& names, Test& test);
  bool start(Span at, Test& test);

  // test_expectations.cpp
  std::optional<Expectation> expectation(const ast::Expectation& node, TestNames& names, const Test& test);
  // The type of what is compared with the subject, or nothing and a report.
  const Type* resolve_subject(const ast::Expectation& node, TestNames& names, const Test& test,
                              Expectation& expectation);
  const Type* resolve_fact(const ast::Expectation& node, const TestNames& names, const Test& test,
                           Expectation& expectation);
  const Type* resolve_element(const ast::Expectation& node, const Element& element, const Test& test,
                              Expectation& expectation);
  const Type* resolve_property(const ast::Expectation& node, const Element& element,
                               Expectation& expectation);
  std::vector<const Parameter*> parameters_of(const Element& element);
  void report_unknown_subject(const ast::Expectation& node, const TestNames& names);
  bool comparable(const ast::Expectation& node, const Type& type, const Expectation& expectation);
  Scope scope(TestNames& names, const Pipeline& pipeline);

  Declarations& declarations_;
  Profiles& profiles_;
  Evaluator& evaluator_;
  DiagnosticSink& sink_;
  Model& model_;
  // Null for one that is a base.
  std::map<const Entity*, const Pipeline*> pipelines_;
  std::map<const Pipeline*, TestNames> names_;
  // The names of the pipelines that a test may mean which names none.
  std::optional<std::vector<std::string>> candidates_;
  std::map<std::string, Span> titles_;
  FoundInTests found_;
};

}  // namespace pipec::sema
