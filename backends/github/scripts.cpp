#include "backends/github/scripts.h"

#include "backends/github/embedded.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

constexpr std::string_view end_of_script = "PIPEC_END_OF_SCRIPT";
constexpr std::string_view call_start = "bash \"$RUNNER_TEMP/pipec/";

// A script reads another by its name in their folder: `. "$(dirname "$0")/ledger.sh"`.
bool reads(std::string_view text, std::string_view name) {
  return text.find(fmt::format("/{}\"", name)) != std::string_view::npos;
}

void collect(std::string_view name, std::vector<std::string_view>& found) {
  if (std::find(found.begin(), found.end(), name) != found.end()) return;
  found.push_back(name);
  for (const scripts::File& file : scripts::files) {
    if (file.name != name && reads(script_text(name), file.name)) collect(file.name, found);
  }
}

}  // namespace

std::string_view script_text(std::string_view name) {
  const auto file = std::find_if(scripts::files.begin(), scripts::files.end(),
                                 [&](const auto& f) { return f.name == name; });
  PIPEC_CHECK(file != scripts::files.end());
  return file->text;
}

Step place_scripts(const std::vector<std::string_view>& names) {
  std::vector<std::string_view> all;
  for (const std::string_view name : names)
    collect(name, all);
  std::sort(all.begin(), all.end());
  std::string script = "mkdir -p \"$RUNNER_TEMP/pipec\"\n";
  for (const std::string_view name : all) {
    PIPEC_CHECK(script_text(name).find(end_of_script) == std::string_view::npos);
    script += fmt::format("cat >\"$RUNNER_TEMP/pipec/{}\" <<'{}'\n{}{}\n", name, end_of_script,
                          script_text(name), end_of_script);
  }
  return {.name = "Place the scripts of pipec", .what = Run{.script = script}};
}

std::string call_script(std::string_view name, std::string_view arguments) {
  return fmt::format("{}{}\"{}{}\n", call_start, name, arguments.empty() ? "" : " ", arguments);
}

std::vector<std::string> called_script(std::string_view command) {
  if (!command.starts_with(call_start)) return {};
  command.remove_prefix(call_start.size());
  std::vector<std::string> words;
  const size_t end = command.find(".sh\"");
  if (end == std::string_view::npos) return {};
  words.emplace_back(command.substr(0, end));
  command.remove_prefix(end + 4);
  while (!command.empty()) {
    const size_t start = command.find_first_not_of(" \n");
    if (start == std::string_view::npos) break;
    const size_t stop = std::min(command.find_first_of(" \n", start), command.size());
    words.emplace_back(command.substr(start, stop - start));
    command.remove_prefix(stop);
  }
  return words;
}

}  // namespace pipec::backends::github
