#include "compiler/driver/severity_flags.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// Why the flag cannot be, in any file; nothing when no file has the code.
std::optional<std::string_view> refusal(size_t flag, const std::vector<Judged>& judged) {
  std::optional<std::string_view> found;
  for (const Judged& file : judged) {
    if (file.refusals.size() <= flag || !file.refusals[flag]) continue;
    if (!found || found->empty()) found = file.refusals[flag];
  }
  return found;
}

}  // namespace

bool read_severities(const Options& options, Environment& environment, std::vector<SeverityFlag>& flags) {
  for (const std::string& written : options.severities) {
    const size_t equals = written.find('=');
    report::Level level;
    if (equals == std::string::npos || equals == 0 ||
        !report::read_level(written.substr(equals + 1), level)) {
      usage_error(environment,
                  fmt::format("--severity takes CODE=LEVEL with the levels error, warning, note and "
                              "off, not `{}`",
                              written));
      return false;
    }
    flags.emplace_back(written.substr(0, equals), level);
  }
  return true;
}

bool severities_hold(const std::vector<SeverityFlag>& flags, const std::vector<Judged>& judged,
                     Environment& environment) {
  // What a file with errors would know cannot be told.
  const bool all_known = std::all_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.file.count(Severity::error) == 0 && one.file.unread.empty();
  });
  for (size_t i = 0; i < flags.size(); ++i) {
    const std::string& code = flags[i].first;
    const auto why = refusal(i, judged);
    if (!why) {
      usage_error(environment, fmt::format("--severity: no file that was judged has a rule `{}`", code));
      if (all_known) return false;
    } else if (!why->empty()) {
      usage_error(environment, fmt::format("--severity: `{}` is an error and stays one: {}", code, *why));
      return false;
    }
  }
  return true;
}

}  // namespace pipec::driver
