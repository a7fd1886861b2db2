#include "backends/backend.h"

namespace pipec::backends {
namespace {

class GithubBackend : public Backend {
 public:
  std::string_view name() const override { return "github"; }
  void check(const ir::Pipeline&, DiagnosticSink&) const override {}
  OutputSet emit(const ir::Pipeline&, const EmitOptions&) const override { return {}; }
  FoundPipeline read_back(const OutputSet&) const override { return {}; }
};

}  // namespace

const Backend& github_backend() {
  static const GithubBackend backend;
  return backend;
}

}  // namespace pipec::backends
