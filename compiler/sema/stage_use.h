// A use of a reusable stage, `stage eu: gamma = verify(env = gamma-eu)`, and the names that its body sees:
// its parameters and what the stage itself holds, not the rest of the pipeline.
#pragma once

#include "compiler/sema/pipeline_names.h"

#include <optional>
#include <string>

namespace pipec::sema {

struct StageUse {
  const ReusableStage* stage = nullptr;
  const ast::StageCall* call = nullptr;
  // Whose names the arguments use.
  const Module* caller = nullptr;
  // The name of the stage in the pipeline.
  std::string name;
  // Evaluated when the first element of the stage is. Empty where an argument is wrong.
  mutable std::optional<NamedValues> arguments;

  // The argument for a parameter as it is written, or null.
  const ast::Expr* argument(std::string_view parameter) const;
};

class StageNames : public Names {
 public:
  StageNames(PipelineNames& pipeline, const StageUse& use) : pipeline_(pipeline), use_(use) {}

  std::optional<Value> value(std::string_view name, Span span) override;
  std::optional<std::string> reference(Space space, std::string_view path) override;
  std::vector<std::string_view> value_names() const override;
  std::vector<std::string_view> reference_names(Space space) const override;
  std::optional<ArtifactValue> output(std::string_view name) override { return pipeline_.output(name); }
  bool is_variable(std::string_view name) const override { return pipeline_.is_variable(name); }
  bool artifacts_known() const override { return pipeline_.artifacts_known(); }
  std::string_view what_is_visible() const override {
    return "a reusable stage sees its parameters and what it makes itself";
  }

 private:
  const Value* argument(std::string_view parameter) const;
  // Declared in the body, though perhaps made by another use of the stage, which is reported elsewhere.
  bool is_own(const NamedArtifact& artifact) const;
  // `eu.scan` is in the stage `eu`.
  bool is_inside(std::string_view element) const;

  PipelineNames& pipeline_;
  const StageUse& use_;
};

}  // namespace pipec::sema
