#include "compiler/diag/render.h"
#include "compiler/driver/apply_fixes.h"
#include "compiler/driver/baselines.h"
#include "compiler/driver/judge.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/severity_flags.h"
#include "compiler/driver/text_table.h"
#include "compiler/report/baseline.h"
#include "compiler/rules/exemptions.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

struct Format {
  std::string_view name;
  // Null for text, which is printed as it is found.
  std::string (*print)(const report::Judgement& judgement);
};

constexpr auto formats = std::to_array<Format>({
    {"text", nullptr},
    {"json", report::to_json},
    {"sarif", report::to_sarif},
    {"junit", report::to_junit},
    {"github", report::to_github},
    {"markdown", report::to_markdown},
});

// What is wrong with the options; empty when nothing is.
std::string mistake_in(const Options& options) {
  const bool known = std::any_of(formats.begin(), formats.end(),
                                 [&](const Format& format) { return format.name == options.format; });
  if (!known) return "lint prints text, json, sarif, junit, github or markdown";
  if (options.fail_on != "error" && options.fail_on != "warning" && options.fail_on != "never")
    return "--fail-on takes error, warning or never";
  if (options.inputs.empty())
    return "which file? give `.pipe` files, folders of them, or `-` for standard input";
  return {};
}

// The fixes of one file after the other: files may import the same ones.
int fix_all(const std::vector<Input>& inputs, const Options& options, Environment& environment) {
  for (const Input& input : inputs) {
    Options one = options;
    one.inputs = {input.path};
    one.root = input.root;
    const int applied = apply_safe_fixes(one, environment);
    if (applied != ok) return applied;
  }
  return ok;
}

// A finding without a place.
std::string line_of(const report::JudgedFile& file, const report::Finding& finding) {
  std::string text = fmt::format("{}: {}[{}]: {}\n", printable(file.path), to_string(finding.severity),
                                 finding.code, printable(finding.message));
  for (const std::string& note : finding.notes)
    text += fmt::format("  = note: {}\n", printable(note));
  return text;
}

class TextPrinter {
 public:
  TextPrinter(const Options& options, Environment& environment)
      : options_(options), environment_(environment) {}

  // As a file that was named alone is told.
  void print_one(const Judged& judged, const report::Judgement& judgement) {
    print_findings(judgement);
    report::Total total = report::total(judgement.files);
    // What the file itself lets off is no news to who looks at it.
    total.waived = 0;
    const bool found = total.errors + total.warnings > 0;
    const std::string path = shown_input(options_.inputs.front());
    if (found) environment_.err(fmt::format("{} in {}\n", report::in_words(total), path));
    if (!options_.quiet) {
      for (const std::string& line : judged.left_out)
        environment_.err(line);
    }
    if (!found && !options_.quiet) environment_.err(fmt::format("{}: {}\n", path, report::in_words(total)));
  }

  void print_many(const report::Judgement& judgement) {
    print_findings(judgement);
    if (options_.quiet) return;
    environment_.out(text_table(report::overview(judgement.files), columns(environment_)));
  }

 private:
  void print_findings(const report::Judgement& judgement) {
    const size_t limit = RenderOptions{}.limit;
    size_t shown = 0;
    size_t more = 0;
    for (const auto& [file, finding] : report::distinct(judgement.files)) {
      // What cannot be read is told apart.
      const bool silent = finding->standing != report::Standing::counts || !file->unread.empty() ||
                          (options_.quiet && finding->severity == Severity::note);
      if (silent) continue;
      if (shown++ < limit) {
        environment_.err(finding->at ? finding->rendered : line_of(*file, *finding));
      } else {
        ++more;
      }
    }
    if (more > 0) environment_.err(fmt::format("and {} more that are not shown\n", more));
  }

  const Options& options_;
  Environment& environment_;
};

int exit_code_of(const report::Judgement& judgement, const Options& options) {
  const auto& files = judgement.files;
  const bool unread =
      std::any_of(files.begin(), files.end(), [](const auto& file) { return !file.unread.empty(); });
  if (unread) return io_error;
  const report::Total total = report::total(files);
  const bool more =
      std::any_of(files.begin(), files.end(), [](const auto& file) { return file.more_errors; });
  const bool failed =
      more || total.errors > 0 || (judgement.fails_on == Severity::warning && total.warnings > 0);
  return failed && options.fail_on != "never" ? findings : ok;
}

void print(const std::vector<Judged>& judged, const report::Judgement& judgement, bool named,
           const Options& options, Environment& environment) {
  const auto format =
      std::find_if(formats.begin(), formats.end(), [&](const Format& f) { return f.name == options.format; });
  if (format->print != nullptr) environment.out(format->print(judgement));
  for (const report::JudgedFile& file : judgement.files) {
    if (!file.unread.empty()) read_error(environment, file.path, file.unread);
  }
  if (format->print != nullptr) return;
  TextPrinter printer(options, environment);
  if (judged.size() > 1 || !named) {
    printer.print_many(judgement);
  } else if (judged.front().file.unread.empty()) {
    printer.print_one(judged.front(), judgement);
  }
}

}  // namespace

int cmd_lint(const Options& options, Environment& environment) {
  if (const std::string mistake = mistake_in(options); !mistake.empty())
    return usage_error(environment, mistake);
  JudgeOptions judge_options;
  const bool usable = known_targets(options, environment) &&
                      judged_policy(options, environment, judge_options.policy) &&
                      read_severities(options, environment, judge_options.severities);
  if (!usable) return wrong_use;
  const std::vector<Input> inputs = inputs_of(options, environment.files);
  if (inputs.empty()) return no_inputs(options, environment);
  const int approved = approve_document({"--write-baseline", options.write_baseline, report::is_baseline},
                                        inputs, options, environment);
  if (approved != ok) return approved;
  if (options.fix) {
    const int applied = fix_all(inputs, options, environment);
    if (applied != ok) return applied;
  }
  judge_options.help = options.format == "sarif";
  judge_options.hash = options.format != "text";
  if (options.format == "text") {
    judge_options.collect.render = {.color = wants_color(options, environment),
                                    .width = columns(environment)};
  } else if (options.format == "junit") {
    judge_options.collect.render.emplace();
  }
  const std::vector<Judged> judged = judge(inputs, judge_options, options, environment);
  if (!severities_hold(judge_options.severities, judged, environment)) return wrong_use;
  report::Judgement judgement{{}, rules::day_in_words(judge_options.policy.today), Severity::error};
  if (options.fail_on == "warning") judgement.fails_on = Severity::warning;
  for (const Judged& one : judged)
    judgement.files.push_back(one.file);
  const int applied = apply_baselines(judgement.files, options, environment);
  if (applied != ok) return applied;
  print(judged, judgement, inputs.front().named, options, environment);
  return exit_code_of(judgement, options);
}

}  // namespace pipec::driver
