#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/driver/manifest.h"
#include "compiler/driver/source_paths.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <set>
#include <vector>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// The sources besides the program's that have written files of the output.
std::set<std::string> other_sources(const Manifest& manifest, const backends::OutputSet& output,
                                    const ir::Program& program) {
  std::set<std::string> found;
  for (const backends::OutputFile& file : output) {
    const auto known = manifest.files.find(file.path);
    if (known != manifest.files.end() && known->second.source != program.pipelines.front().source_path)
      found.insert(known->second.source);
  }
  return found;
}

std::string compile_command(const Options& options) {
  std::string command = fmt::format("pipec compile {} -o {}", options.inputs.front(), options.output);
  for (const std::string& target : options.targets)
    command += " --target " + target;
  for (const std::string& route : options.routes)
    command += " --route " + route;
  return command;
}

}  // namespace

int cmd_check(const Options& options, Environment& environment) {
  if (options.output.empty())
    return usage_error(environment, "which folder? give the one that was compiled to with -o");
  if (!is_output_folder(options, environment)) return wrong_use;
  int exit_code = ok;
  const auto emitted = emit_input(options, environment, exit_code);
  if (!emitted) return exit_code;
  const auto& [program, emission] = *emitted;

  bool stale = false;
  bool edited = false;
  std::set<std::string> others;
  const auto differs = [&](const std::string& path, std::string_view how) {
    stale = true;
    environment.err(fmt::format("{}: {}\n", printable(path), printable(how)));
  };
  for (const auto& [target, output] : emission.targets) {
    const std::string folder = fmt::format("{}/{}", options.output, target);
    ReadManifest read = read_manifest(environment.files, folder);
    Manifest& manifest = read.manifest;
    const auto is_gone = gone_sources(environment.files, options.inputs.front(), folder);
    take_over(manifest, is_gone, output, program);
    for (const auto& [name, file] : manifest.files) {
      if (!is_gone(file.source)) continue;
      environment.err(fmt::format("pipec: warning: {} is of `{}`, which is not here\n",
                                  printable(fmt::format("{}/{}", folder, name)), printable(file.source)));
    }
    if (!read.error.empty()) differs(fmt::format("{}/{}", folder, manifest_name), read.error);
    edited = edited || read.damaged;
    // Each of its files differs then, which says nothing more.
    if (auto found = other_sources(manifest, output, program); !found.empty()) {
      others.merge(found);
      continue;
    }
    for (const backends::OutputFile& file : output) {
      const std::string path = fmt::format("{}/{}", folder, file.path);
      const ReadResult now = environment.files.read(path, largest_output);
      if (!now.text) {
        differs(path, "missing");
      } else if (*now.text != file.text) {
        const auto known = manifest.files.find(file.path);
        const bool own = known != manifest.files.end() && known->second.sha256 == sha256(*now.text);
        edited = edited || !own;
        differs(path, own ? "not what the pipeline compiles to" : "not written by pipec, or edited since");
      }
    }
    for (const std::string& name : left_behind(manifest, output, program)) {
      const std::string path = fmt::format("{}/{}", folder, name);
      const ReadResult now = environment.files.read(path, largest_output);
      if (now.text && manifest.files.at(name).sha256 != sha256(*now.text)) edited = true;
      differs(path, "no longer part of the pipeline");
    }
  }
  if (!stale && others.empty()) {
    if (!options.quiet) environment.err(fmt::format("{}: up to date\n", printable(options.output)));
    return ok;
  }
  const std::string command = compile_command(options);
  const std::string_view lost = edited ? "; what was edited is lost then" : "";
  if (!others.empty()) {
    const std::vector<std::string> names(others.begin(), others.end());
    environment.err(fmt::format("{}: written from {}; `{} --force` writes it from `{}`{}\n",
                                printable(options.output), printable(quoted_list(names)), printable(command),
                                printable(options.inputs.front()), lost));
    return findings;
  }
  environment.err(
      fmt::format("`{}{}` brings it up to date{}\n", printable(command), edited ? " --force" : "", lost));
  return findings;
}

}  // namespace pipec::driver
