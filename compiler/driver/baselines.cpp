#include "compiler/driver/baselines.h"

#include "compiler/diag/render.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/session.h"
#include "compiler/driver/source_paths.h"
#include "compiler/report/baseline.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

report::FileNames name_in(Environment& environment) {
  return [&environment](const std::string& path) { return source_name(environment.files, path); };
}

int write(const std::vector<report::JudgedFile>& files, const Options& options, Environment& environment) {
  const auto baseline = report::Baseline::of(files, name_in(environment));
  const std::string& path = options.write_baseline;
  if (write_document(path, baseline.to_text(), environment) != ok) return io_error;
  if (options.quiet) return ok;
  const std::string shown = printable(path);
  environment.err(fmt::format("{}: {} known from now on\n", shown, counted(baseline.size(), "finding")));
  const auto entries = report::distinct(files);
  const auto left_out = std::count_if(entries.begin(), entries.end(), [](const report::Entry& entry) {
    return entry.finding->standing == report::Standing::counts && !report::may_be_known(*entry.finding);
  });
  if (left_out > 0) {
    environment.err(
        fmt::format("{}: {} left out: errors of pipec say what cannot be compiled or is not safe\n", shown,
                    counted(static_cast<size_t>(left_out), "finding")));
  }
  return ok;
}

// Nothing, and a report, when there is none that can be read.
std::optional<report::Baseline> read(const std::string& path, Environment& environment) {
  const ReadResult read = environment.files.read(path, SourceManager::max_bytes);
  std::string error = read.error;
  std::optional<report::Baseline> baseline;
  if (read.text) baseline = report::Baseline::read(*read.text, error);
  if (!baseline) read_error(environment, path, error);
  return baseline;
}

}  // namespace

int apply_baselines(std::vector<report::JudgedFile>& files, const Options& options,
                    Environment& environment) {
  // One that cannot be used is told, though another one is written.
  std::optional<report::Baseline> baseline;
  if (!options.baseline.empty()) {
    baseline = read(options.baseline, environment);
    if (!baseline) return io_error;
  }
  std::string path = options.baseline;
  if (!options.write_baseline.empty()) {
    path = options.write_baseline;
    const int written = write(files, options, environment);
    if (written != ok) return written;
    baseline = read(path, environment);
    if (!baseline) return io_error;
  }
  if (baseline) baseline->apply(files, path, name_in(environment));
  return ok;
}

}  // namespace pipec::driver
