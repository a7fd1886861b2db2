#include "backends/backend.h"

#include "backends/codepipeline/check.h"
#include "backends/codepipeline/documents.h"
#include "backends/codepipeline/embedded.h"
#include "backends/codepipeline/read_back.h"
#include "backends/codepipeline/taken_names.h"
#include "backends/common/values.h"

#include <algorithm>

namespace pipec::backends {
namespace codepipeline {
namespace {

class CodepipelineBackend : public Backend {
 public:
  std::string_view name() const override { return target; }
  void check(const ir::Pipeline& pipeline, DiagnosticSink& sink) const override {
    check_pipeline(pipeline, sink);
  }
  std::vector<TakenName> taken_names(const ir::Pipeline& pipeline) const override {
    return names_of(pipeline);
  }
  FoundPipeline read_back(const OutputSet& output) const override { return read_templates(output); }

  OutputSet emit(const ir::Pipeline& pipeline, const EmitOptions& options) const override {
    const Facts facts(pipeline, options);
    if (facts.routes().empty()) return {};
    const std::vector<Stack> stacks = stacks_of(facts);
    const std::string comment = header(pipeline);
    OutputSet output;
    const auto add = [&](const std::string& path, std::string text, bool executable = false) {
      output.push_back({pipeline.name + "/" + path, std::move(text), executable});
    };
    for (const Stack& stack : stacks)
      add(stack.path, stack.document.text(comment));
    add("DEPLOY.md", guide(facts, stacks));
    add("deploy.sh", std::string(embedded::deploy_sh), true);
    add("deployment.json", deployment_json(facts, stacks));
    add("iam-deny.json", deny_policy(facts));
    add("ledger.sh", std::string(embedded::ledger_sh), true);
    add("parameters.example.json", parameters_example(stacks));
    std::sort(output.begin(), output.end(),
              [](const OutputFile& a, const OutputFile& b) { return a.path < b.path; });
    return output;
  }
};

}  // namespace
}  // namespace codepipeline

const Backend& codepipeline_backend() {
  static const codepipeline::CodepipelineBackend backend;
  return backend;
}

}  // namespace pipec::backends
