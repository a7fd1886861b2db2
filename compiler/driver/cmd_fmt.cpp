#include "compiler/diag/render.h"
#include "compiler/driver/inputs.h"
#include "compiler/driver/session.h"
#include "compiler/format/format.h"
#include "compiler/support/diff.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

int format_file(const std::string& path, const Options& options, Environment& environment) {
  ReadResult read = environment.files.read(path, SourceManager::max_bytes);
  if (!read.text) return read_error(environment, path, read.error);
  const bool standard_input = path == "-";
  const std::string shown = shown_input(path);
  SourceManager sources;
  DiagnosticSink sink;
  const SourceId source = sources.add(shown, std::move(*read.text));
  const std::optional<std::string> formatted = format::format(source, sources, sink);
  if (!formatted) {
    const auto diagnostics = sink.sorted();
    environment.err(render_text(diagnostics, sources, {.color = wants_color(options, environment)}));
    environment.err(fmt::format("{} in {}\n", count_in_words(diagnostics), shown));
    return findings;
  }
  const bool changed = *formatted != sources.text(source);
  if (options.show_diff) environment.out(unified_diff(shown, sources.text(source), *formatted));
  if (options.check_only && changed && !options.show_diff) environment.out(shown + "\n");
  if (options.check_only || options.show_diff) return changed && options.check_only ? findings : ok;
  if (standard_input) {
    environment.out(*formatted);
    return ok;
  }
  if (!changed) return ok;
  if (const auto error = environment.files.rewrite(path, *formatted))
    return write_error(environment, path, *error);
  if (!options.quiet) environment.err(fmt::format("{}: formatted\n", printable(path)));
  return ok;
}

}  // namespace

int cmd_fmt(const Options& options, Environment& environment) {
  if (options.inputs.empty())
    return usage_error(environment,
                       "which files? give `.pipe` files, folders of them, or `-` for standard input");
  const std::vector<Input> files = inputs_of(options, environment.files);
  if (files.empty()) return no_inputs(options, environment);
  // The worst of what happened: one file that cannot be formatted keeps no other from it.
  int exit_code = ok;
  for (const Input& file : files)
    exit_code = std::max(exit_code, format_file(file.path, options, environment));
  return exit_code;
}

}  // namespace pipec::driver
