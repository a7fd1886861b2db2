// The names of a pipeline's parts, as they are visible in the values of one route.
#pragma once

#include "compiler/sema/evaluate.h"
#include "compiler/sema/raw_pipeline.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

struct NamedArtifact {
  std::string type;
  // The element that makes it; empty for one from outside.
  std::string maker;
  Span span;
  // False when what it is could not be made out, which was reported.
  bool known = true;
};

class PipelineNames : public Names {
 public:
  // Adds the artifacts and elements of a route; reports artifacts that are made twice.
  void add_route(const RawRoute& route, DiagnosticSink& sink);

  // The full name (`beta.integration`) of the element that `path` means; nothing when there is none or when a
  // bare name is not unique. `candidates` are the full names it could mean.
  std::optional<std::string> element(std::string_view path,
                                     std::vector<std::string>* candidates = nullptr) const;

  std::optional<Value> value(std::string_view name, Span span) override;
  std::optional<std::string> reference(Space space, std::string_view path) override;
  std::vector<std::string_view> value_names() const override;
  std::vector<std::string_view> reference_names(Space space) const override;
  std::optional<ArtifactValue> output(std::string_view name) override;
  bool is_variable(std::string_view name) const override;
  bool artifacts_known() const override { return artifacts_known_; }

  std::map<std::string, NamedArtifact, std::less<>> artifacts;
  std::map<std::string, Span, std::less<>> sources;
  std::map<std::string, Span, std::less<>> environments;
  std::map<std::string, Span, std::less<>> stages;
  std::map<std::string, Span, std::less<>> routes;
  std::map<std::string, Span, std::less<>> targets;
  // The element whose properties are evaluated: its outputs are `outputs.NAME`, and bare names of elements of
  // its stage come first.
  std::string current_element;
  // The variables of its matrix.
  std::vector<std::string_view> current_variables;

 private:
  std::optional<std::string> present(std::string_view path, std::vector<std::string>* candidates) const;

  bool artifacts_known_ = true;
  // Full names by bare name.
  std::map<std::string, std::vector<std::string>, std::less<>> elements_;
  // What was left out or replaced, by its full and its bare name: the full name that counts for it. A base
  // may name what its heir leaves out.
  std::map<std::string, std::string, std::less<>> former_;
};

}  // namespace pipec::sema
