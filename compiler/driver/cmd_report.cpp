#include "compiler/diag/kinds/reports.h"
#include "compiler/driver/judge.h"
#include "compiler/driver/output_file.h"
#include "compiler/report/compliance.h"
#include "compiler/report/document.h"
#include "compiler/rules/exemptions.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

using rules::Grade;

struct Format {
  std::string_view name;
  std::string (*print)(const report::Report& report);
};

constexpr std::string_view html = "html";
constexpr auto formats = std::to_array<Format>({
    {"text", report::to_text},
    {"markdown", report::to_markdown},
    {html, report::to_html},
    {"json", report::to_json},
});

// The worst grade that is enough for a rule, and whether any file has the rule.
struct Minimum {
  std::string code;
  Grade grade = Grade::enforced;
};

// False, and a report, when one has not the form.
bool read_minimums(const Options& options, Environment& environment, std::vector<Minimum>& minimums) {
  for (const std::string& written : options.min_evidence) {
    const size_t equals = std::min(written.find('='), written.size());
    const std::string word = equals < written.size() ? written.substr(equals + 1) : "";
    Minimum minimum{written.substr(0, equals), Grade::missing};
    for (const Grade grade : {Grade::enforced, Grade::declared, Grade::attested}) {
      if (word == rules::to_string(grade)) minimum.grade = grade;
    }
    if (minimum.code.empty() || minimum.grade == Grade::missing) {
      usage_error(environment,
                  fmt::format("--min-evidence takes CODE=enforced, CODE=declared or CODE=attested, not `{}`",
                              written));
      return false;
    }
    minimums.push_back(std::move(minimum));
  }
  return true;
}

struct ReportedFile {
  report::ReportFile file;
  // For each minimum whether a pipeline of the file has the rule.
  std::vector<bool> has_rule;
};

class Reporter {
 public:
  Reporter(const JudgeOptions& judge_options, const std::vector<Minimum>& minimums, const Options& options,
           Environment& environment)
      : judge_options_(judge_options), minimums_(minimums), options_(options), environment_(environment) {}

  ReportedFile run(const Input& input) const {
    ReportedFile reported;
    reported.has_rule.resize(minimums_.size());
    Compilation compilation({input.path, input.root, options_.targets, judge_options_.policy},
                            environment_.files, environment_.library);
    if (!compilation.run()) {
      reported.file.judged = report::unread_file(input.path, compilation.error());
      return reported;
    }
    const SourceManager& sources = compilation.sources();
    DiagnosticSink reported_later;
    const auto severities =
        report::Severities::of_file(compilation.entry_file(), compilation.model(), reported_later);
    for (const auto& [code, level] : severities.levels())
      reported.file.severities.push_back(fmt::format("{} = {}", code, level ? to_string(*level) : "off"));
    for (const SourceId source : compilation.user_sources())
      reported.file.sources.push_back({std::string(sources.path(source)), sha256(sources.text(source))});
    judge_pipelines(compilation, reported);
    reported.file.judged = judged_file(compilation, judge_options_, environment_).file;
    return reported;
  }

 private:
  void judge_pipelines(Compilation& compilation, ReportedFile& reported) const {
    const sema::Model& model = compilation.model();
    if (!model.elements_known || !model.values_known) return;
    for (const auto& pipeline : model.pipelines) {
      if (pipeline->profile == nullptr) continue;
      DiagnosticSink reported_before;
      const rules::Prepared prepared(model, *pipeline, judge_options_.policy, reported_before);
      reported.file.pipelines.push_back(report::report_of(prepared.context(), compilation.sources()));
      check_evidence(prepared.context(), compilation.sink(), reported.has_rule);
    }
  }

  void check_evidence(const rules::Context& context, DiagnosticSink& sink,
                      std::vector<bool>& has_rule) const {
    if (minimums_.empty()) return;
    for (const rules::Clause& clause : rules::judge(context).clauses) {
      for (size_t i = 0; i < minimums_.size(); ++i) {
        if (minimums_[i].code != clause.rule->code) continue;
        has_rule[i] = true;
        // What the file shows to be out of place; what its author says is no evidence.
        const bool nothing = clause.grade == Grade::not_applicable && clause.exemption == nullptr;
        if (clause.grade <= minimums_[i].grade || nothing) continue;
        auto told = sink.report(diag::evidence_too_weak, clause.at, clause.rule->code,
                                rules::to_string(clause.grade), rules::to_string(minimums_[i].grade));
        for (const rules::Evidence& evidence : clause.evidence) {
          if (!evidence.because.empty()) told.label(evidence.at, evidence.because);
        }
      }
    }
  }

  const JudgeOptions& judge_options_;
  const std::vector<Minimum>& minimums_;
  const Options& options_;
  Environment& environment_;
};

std::string commit_of(const Options& options, const Environment& environment) {
  if (!options.commit.empty()) return options.commit;
  for (const char* variable : {"GITHUB_SHA", "CODEBUILD_RESOLVED_SOURCE_VERSION"}) {
    if (const auto commit = environment.variable(variable); commit && !commit->empty()) return *commit;
  }
  return {};
}

// What is wrong is told on standard error too, in the order of the files.
int tell_findings(const report::Report& report, const Options& options, Environment& environment) {
  int exit_code = ok;
  for (const report::ReportFile& file : report.files) {
    if (!file.judged.unread.empty()) {
      exit_code = read_error(environment, file.judged.path, file.judged.unread);
      continue;
    }
    size_t counted_errors = 0;
    for (const report::Finding& finding : file.judged.findings) {
      const bool counts = finding.standing == report::Standing::counts &&
                          (finding.severity == Severity::error ||
                           (options.fail_on == "warning" && finding.severity == Severity::warning));
      if (!counts) continue;
      if (finding.severity == Severity::error) environment.err(finding.rendered);
      ++counted_errors;
    }
    if (counted_errors > 0 && options.fail_on != "never" && exit_code == ok) exit_code = findings;
  }
  return exit_code;
}

// `-o DIR/`, or a folder that is there: a page for each pipeline.
bool is_folder(const std::string& path, Environment& environment) {
  return path.ends_with('/') ||
         (environment.files.exists(path) && environment.files.files_below(path, {}).has_value());
}

// The files in place of pages that pipec has not written.
std::vector<std::string> pages_of_others(const report::Report& report, const std::string& folder,
                                         Environment& environment) {
  // The head of a page, its style included, is far smaller.
  constexpr size_t max_head = size_t{1} << 16;
  std::vector<std::string> others;
  for (const std::string& name : report::page_names(report)) {
    const std::string path = folder + name;
    if (!environment.files.exists(path)) continue;
    const ReadResult read = environment.files.read(path, max_head);
    if (!read.text || !report::is_page_of_pipec(*read.text)) others.push_back(path);
  }
  return others;
}

int write_folder(const report::Report& report, const Options& options, Environment& environment) {
  const std::string folder = options.output + (options.output.ends_with('/') ? "" : "/");
  const std::vector<std::string> others =
      options.force ? std::vector<std::string>() : pages_of_others(report, folder, environment);
  if (!others.empty()) {
    environment.err(
        fmt::format("pipec: not written by pipec: {}\npipec: nothing in `{}` was changed; "
                    "--force overwrites\n",
                    printable(quoted_list(others)), printable(folder)));
    return findings;
  }
  int exit_code = ok;
  report::write_pages(report, [&](const std::string& name, const std::string& page) {
    exit_code = write_document(folder + name, page, environment);
    return exit_code == ok;
  });
  return exit_code;
}

int write(const report::Report& report, const Format& format, const Options& options,
          Environment& environment) {
  if (format.name == html && is_folder(options.output, environment))
    return write_folder(report, options, environment);
  // A page of more than this is slow to open and to read.
  constexpr size_t most_on_a_page = 50;
  size_t pipelines = 0;
  for (const report::ReportFile& file : report.files)
    pipelines += file.pipelines.size();
  if (format.name == html && pipelines > most_on_a_page)
    return usage_error(
        environment,
        fmt::format("{} pipelines are too many for one page, which holds {}; `-o DIR/` writes a page "
                    "for each, and an index",
                    pipelines, most_on_a_page));
  const std::string text = format.print(report);
  if (!options.output.empty()) return write_document(options.output, text, environment);
  environment.out(text);
  return ok;
}

}  // namespace

int cmd_report(const Options& options, Environment& environment) {
  const auto format =
      std::find_if(formats.begin(), formats.end(), [&](const Format& f) { return f.name == options.format; });
  if (format == formats.end()) return usage_error(environment, "report prints text, markdown, html or json");
  if (options.fail_on != "error" && options.fail_on != "warning" && options.fail_on != "never")
    return usage_error(environment, "--fail-on takes error, warning or never");
  if (options.inputs.empty())
    return usage_error(environment,
                       "which file? give `.pipe` files, folders of them, or `-` for standard input");
  JudgeOptions judge_options;
  std::vector<Minimum> minimums;
  const bool usable = known_targets(options, environment) &&
                      judged_policy(options, environment, judge_options.policy) &&
                      read_minimums(options, environment, minimums);
  if (!usable) return wrong_use;
  judge_options.collect.render = {.color = wants_color(options, environment), .width = columns(environment)};
  const std::vector<Input> inputs = inputs_of(options, environment.files);
  if (inputs.empty()) return no_inputs(options, environment);
  const bool pages = format->name == html && is_folder(options.output, environment);
  const int approved =
      pages ? ok : approve_document({"-o", options.output, report::is_report}, inputs, options, environment);
  if (approved != ok) return approved;
  std::vector<ReportedFile> reported(inputs.size());
  const Reporter reporter(judge_options, minimums, options, environment);
  with_progress(inputs.size(), "judged", options, environment,
                [&](size_t i) { reported[i] = reporter.run(inputs[i]); });
  for (size_t i = 0; i < minimums.size(); ++i) {
    const bool known =
        std::any_of(reported.begin(), reported.end(), [&](const auto& file) { return file.has_rule[i]; });
    if (!known)
      return usage_error(
          environment,
          fmt::format("--min-evidence: no pipeline that was judged has a rule `{}`", minimums[i].code));
  }
  report::Report report{{}, commit_of(options, environment), rules::day_in_words(judge_options.policy.today)};
  for (ReportedFile& file : reported) {
    // Of a folder, only what holds pipelines or cannot be judged.
    const bool library = file.file.pipelines.empty() && file.file.judged.count(Severity::error) == 0;
    if (!library || inputs.size() == 1) report.files.push_back(std::move(file.file));
  }
  const int written = write(report, *format, options, environment);
  if (written != ok) return written;
  return tell_findings(report, options, environment);
}

}  // namespace pipec::driver
