#include "backends/backend.h"

namespace pipec::backends {
namespace {

class CodepipelineBackend : public Backend {
 public:
  std::string_view name() const override { return "codepipeline"; }
  void check(const ir::Pipeline&, DiagnosticSink&) const override {}
  OutputSet emit(const ir::Pipeline&, const EmitOptions&) const override { return {}; }
  FoundPipeline read_back(const OutputSet&) const override { return {}; }
};

}  // namespace

const Backend& codepipeline_backend() {
  static const CodepipelineBackend backend;
  return backend;
}

}  // namespace pipec::backends
