#include "backends/backend.h"

namespace pipec::backends {
namespace {

class LocalBackend : public Backend {
 public:
  std::string_view name() const override { return "local"; }
  void check(const ir::Pipeline&, DiagnosticSink&) const override {}
  OutputSet emit(const ir::Pipeline&, const EmitOptions&) const override { return {}; }
  FoundPipeline read_back(const OutputSet&) const override { return {}; }
};

}  // namespace

const Backend& local_backend() {
  static const LocalBackend backend;
  return backend;
}

}  // namespace pipec::backends
