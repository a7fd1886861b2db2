#include "compiler/driver/baselines.h"

#include "compiler/driver/session.h"
#include "compiler/report/baseline.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

int write(const std::vector<report::JudgedFile>& files, const Options& options, Environment& environment) {
  const auto baseline = report::Baseline::of(files);
  const std::string& path = options.write_baseline;
  if (const auto failed = environment.files.write(path, baseline.to_text(), false)) {
    environment.err(fmt::format("pipec: cannot write `{}`: {}\n", path, *failed));
    return io_error;
  }
  if (options.quiet) return ok;
  environment.err(fmt::format("{}: {} known from now on\n", path, counted(baseline.size(), "finding")));
  const auto entries = report::distinct(files);
  const auto left_out = std::count_if(entries.begin(), entries.end(), [](const report::Entry& entry) {
    return entry.finding->standing == report::Standing::counts && !report::may_be_known(*entry.finding);
  });
  if (left_out > 0) {
    environment.err(
        fmt::format("{}: {} left out: errors of pipec say what cannot be compiled or is not safe\n", path,
                    counted(static_cast<size_t>(left_out), "finding")));
  }
  return ok;
}

}  // namespace

int apply_baselines(std::vector<report::JudgedFile>& files, const Options& options,
                    Environment& environment) {
  if (!options.write_baseline.empty()) {
    const int written = write(files, options, environment);
    if (written != ok) return written;
  }
  const std::string& path = options.write_baseline.empty() ? options.baseline : options.write_baseline;
  if (path.empty()) return ok;
  const ReadResult read = environment.files.read(path, SourceManager::max_bytes);
  if (!read.text) return read_error(environment, path, read.error);
  std::string error;
  const auto baseline = report::Baseline::read(*read.text, error);
  if (!baseline) return read_error(environment, path, error);
  baseline->apply(files, path);
  return ok;
}

}  // namespace pipec::driver
