#include "compiler/driver/emission.h"
#include "compiler/driver/manifest.h"

#include <fmt/core.h>

namespace pipec::driver {

int cmd_check(const Options& options, Environment& environment) {
  if (options.output.empty())
    return usage_error(environment, "which folder? give the one that was compiled to with -o");
  int exit_code = ok;
  const auto compilation = compile_input(options, environment, false, exit_code);
  if (compilation == nullptr) return exit_code;
  require_pipeline(*compilation);
  if (compilation->sink().has_errors()) return print_diagnostics(*compilation, options, environment);
  const ir::Program program = lower(*compilation, environment.files);
  if (!known_routes(options, program, environment)) return wrong_use;
  check_targets(*compilation, program, options);
  if (print_diagnostics(*compilation, options, environment) != ok) return findings;
  const Emission emission = emit(*compilation, program, options);
  for (const std::string& text : emission.defects)
    environment.err(fmt::format("pipec: a defect in pipec: {}\n", text));
  if (!emission.defects.empty()) return defect;

  constexpr size_t largest_output = size_t{64} << 20;
  bool stale = false;
  const auto differs = [&](const std::string& path, std::string_view how) {
    stale = true;
    environment.err(fmt::format("{}: {}\n", path, how));
  };
  for (const auto& [target, output] : emission.targets) {
    const std::string folder = fmt::format("{}/{}", options.output, target);
    for (const backends::OutputFile& file : output) {
      const std::string path = fmt::format("{}/{}", folder, file.path);
      const ReadResult now = environment.files.read(path, largest_output);
      if (!now.text) {
        differs(path, "missing");
      } else if (*now.text != file.text) {
        differs(path, "not what the pipeline compiles to");
      }
    }
    std::string error;
    const Manifest manifest = read_manifest(environment.files, folder, error);
    if (!error.empty()) differs(fmt::format("{}/{}", folder, manifest_name), error);
    for (const std::string& path : left_behind(manifest, output, program))
      differs(fmt::format("{}/{}", folder, path), "no longer part of the pipeline");
  }
  if (!stale) {
    if (!options.quiet) environment.err(fmt::format("{}: up to date\n", options.output));
    return ok;
  }
  environment.err(
      fmt::format("`pipec compile {} -o {}` brings it up to date\n", options.inputs.front(), options.output));
  return findings;
}

}  // namespace pipec::driver
