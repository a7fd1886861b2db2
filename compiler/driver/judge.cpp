#include "compiler/driver/judge.h"

#include "compiler/driver/emission.h"
#include "compiler/support/hash.h"
#include "compiler/support/parallel.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

std::vector<report::JudgedPipeline> pipelines_of(const sema::Model& model) {
  std::vector<report::JudgedPipeline> pipelines;
  const auto add = [&](const sema::Pipeline& pipeline, bool is_base) {
    const std::string profile = pipeline.profile == nullptr ? "" : std::string(pipeline.profile->name);
    pipelines.push_back({pipeline.name, profile, is_base});
  };
  for (const auto& pipeline : model.pipelines)
    add(*pipeline, false);
  for (const auto& base : model.bases)
    add(*base, true);
  return pipelines;
}

Judged judge_file(const Input& input, const JudgeOptions& judge_options, const Options& options,
                  Environment& environment) {
  Judged judged;
  Compilation compilation({input.path, input.root, options.targets, judge_options.policy}, environment.files,
                          environment.library);
  if (!compilation.run()) {
    judged.file = report::unread_file(input.path, compilation.error());
    return judged;
  }
  if (!compilation.sink().has_errors()) {
    check_targets(compilation, lower(compilation, environment.files), options);
    judged.left_out = left_out(compilation, options);
  }
  const report::Material material{compilation.sources(), compilation.files(), compilation.model()};
  const auto diagnostics = compilation.sink().sorted();
  report::JudgedFile& file = judged.file;
  file.path = compilation.paths().front();
  file.sha256 = sha256(compilation.sources().text(compilation.entry()));
  file.pipelines = pipelines_of(compilation.model());
  file.findings = report::findings_of(diagnostics, material, judge_options.collect);
  if (judge_options.help) file.rules = report::rules_of(file.findings, compilation.model());
  file.more_errors = diagnostics.size() > DiagnosticSink::max_findings && compilation.sink().has_errors();
  return judged;
}

}  // namespace

void with_progress(size_t count, std::string_view what, const Options& options, Environment& environment,
                   const std::function<void(size_t)>& work) {
  // A single file is quicker than a line could be read.
  const bool shown = environment.err_is_terminal && !options.quiet && count > 1;
  in_parallel(count, static_cast<size_t>(options.jobs), work, [&](size_t done) {
    if (shown) environment.err(fmt::format("\r{} {} of {} files\033[K", what, done, count));
  });
  if (shown) environment.err("\r\033[K");
}

std::vector<Judged> judge(const std::vector<Input>& inputs, const JudgeOptions& judge_options,
                          const Options& options, Environment& environment) {
  std::vector<Judged> judged(inputs.size());
  with_progress(inputs.size(), "judged", options, environment,
                [&](size_t i) { judged[i] = judge_file(inputs[i], judge_options, options, environment); });
  return judged;
}

}  // namespace pipec::driver
