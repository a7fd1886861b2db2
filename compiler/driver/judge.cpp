#include "compiler/driver/judge.h"

#include "compiler/driver/emission.h"
#include "compiler/report/compliance.h"
#include "compiler/rules/evidence/ignores.h"
#include "compiler/support/hash.h"
#include "compiler/support/parallel.h"

#include <algorithm>
#include <set>

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

// Clauses of profiles that are waived are findings that do not count.
void add_waived(const Compilation& compilation, const rules::Policy& policy, report::JudgedFile& file) {
  const sema::Model& model = compilation.model();
  if (!model.elements_known || !model.values_known) return;
  for (const auto& pipeline : model.pipelines) {
    if (pipeline->exemptions.empty() || pipeline->profile == nullptr) continue;
    DiagnosticSink reported_before;
    const rules::Prepared prepared(model, *pipeline, policy, reported_before);
    for (report::Finding& finding : report::waived(prepared.context(), compilation.sources()))
      file.findings.push_back(std::move(finding));
  }
}

std::vector<report::OutsideWaiver> outside_waivers(const sema::Model& model) {
  std::vector<report::OutsideWaiver> found;
  for (const sema::IgnoreFile& file : model.checkout.ignore_files) {
    report::OutsideWaiver waiver{file.path, file.lines, file.unread, {}};
    std::set<std::string> readers;
    for (const auto& pipeline : model.pipelines) {
      for (const sema::Element* element : rules::elements_of(*pipeline)) {
        if (rules::ignore_files_of(*element).contain(file)) readers.insert(element->id);
      }
    }
    waiver.read_by.assign(readers.begin(), readers.end());
    found.push_back(std::move(waiver));
  }
  return found;
}

std::vector<std::optional<std::string_view>> refusals(const std::vector<SeverityFlag>& flags,
                                                      const sema::Model& model) {
  const report::KnownCodes codes = report::known_codes(model);
  std::vector<std::optional<std::string_view>> refusals;
  for (const auto& [code, level] : flags) {
    const auto known = codes.find(code);
    refusals.push_back(known == codes.end() ? std::nullopt
                                            : std::optional(report::refusal(code, known->second, level)));
  }
  return refusals;
}

}  // namespace

Judged judged_file(Compilation& compilation, const JudgeOptions& judge_options, Environment& environment) {
  Judged judged;
  if (!compilation.sink().has_errors()) {
    check_targets(compilation, lower(compilation, environment.files));
    judged.left_out = left_out(compilation);
  }
  if (!judge_options.severities.empty())
    judged.refusals = refusals(judge_options.severities, compilation.model());
  const auto diagnostics = found(compilation, judge_options.severities);
  const report::Material material{compilation.sources(), compilation.files(), compilation.model()};
  report::JudgedFile& file = judged.file;
  file.path = compilation.paths().front();
  if (judge_options.hash) file.sha256 = sha256(compilation.sources().text(compilation.entry()));
  file.pipelines = pipelines_of(compilation.model());
  file.findings = report::findings_of(diagnostics, material, judge_options.collect);
  file.outside_waivers = outside_waivers(compilation.model());
  add_waived(compilation, judge_options.policy, file);
  if (judge_options.help) file.rules = report::rules_of(file.findings, compilation.model());
  file.more_errors = diagnostics.size() > DiagnosticSink::max_findings && compilation.sink().has_errors();
  return judged;
}

void with_progress(size_t count, std::string_view what, const Options& options, Environment& environment,
                   const std::function<void(size_t)>& work) {
  // A single file is quicker than a line could be read.
  const bool shown = understands_control(environment) && !options.quiet && count > 1;
  in_parallel(count, static_cast<size_t>(options.jobs), work, [&](size_t done) {
    if (shown) environment.err(fmt::format("\r{} {} of {} files\033[K", what, done, count));
  });
  if (shown) environment.err("\r\033[K");
}

std::vector<Judged> judge(const std::vector<Input>& inputs, const JudgeOptions& judge_options,
                          const Options& options, Environment& environment) {
  std::vector<Judged> judged(inputs.size());
  with_progress(inputs.size(), "judged", options, environment, [&](size_t i) {
    const Input& input = inputs[i];
    Compilation compilation({input.path, input.root, options.targets, judge_options.policy},
                            environment.files, environment.library);
    if (compilation.run()) {
      judged[i] = judged_file(compilation, judge_options, environment);
    } else {
      judged[i].file = report::unread_file(input.path, compilation.error());
    }
  });
  return judged;
}

}  // namespace pipec::driver
