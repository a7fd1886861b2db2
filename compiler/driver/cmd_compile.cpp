#include "compiler/driver/emission.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::driver {
namespace {

constexpr size_t largest_output = size_t{64} << 20;

// Files of the folder that pipec did not write, or that were changed since.
std::vector<std::string> edited_files(FileSystem& files, const std::string& folder, const Manifest& manifest,
                                      const backends::OutputSet& output) {
  std::vector<std::string> edited;
  const auto check = [&](const std::string& path, const std::string* fresh) {
    const ReadResult now = files.read(fmt::format("{}/{}", folder, path), largest_output);
    if (!now.text) return;
    const auto known = manifest.files.find(path);
    const std::string hash = sha256(*now.text);
    const bool written_by_us = known != manifest.files.end() && known->second == hash;
    const bool same = fresh != nullptr && *fresh == *now.text;
    if (!written_by_us && !same) edited.push_back(path);
  };
  for (const backends::OutputFile& file : output)
    check(file.path, &file.text);
  for (const auto& [path, hash] : manifest.files) {
    bool still = false;
    for (const backends::OutputFile& file : output)
      still = still || file.path == path;
    if (!still) check(path, nullptr);
  }
  return edited;
}

// A manifest is a file that people can change; it must not make pipec remove anything outside of the folder.
bool stays_inside(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos;
}

int write_target(const std::string& folder, const backends::OutputSet& output, const ir::Program& program,
                 const Options& options, Environment& environment) {
  std::string error;
  const Manifest manifest = read_manifest(environment.files, folder, error);
  if (!error.empty()) {
    environment.err(fmt::format("pipec: cannot use `{}/{}`: {}\n", folder, manifest_name, error));
    return io_error;
  }
  const std::vector<std::string> edited = edited_files(environment.files, folder, manifest, output);
  if (!edited.empty() && !options.force) {
    environment.err(fmt::format("pipec: not written by pipec, or edited since: {}\n", quoted_list(edited)));
    environment.err(fmt::format("pipec: nothing in `{}` was changed; --force overwrites\n", folder));
    return findings;
  }
  size_t written = 0;
  for (const backends::OutputFile& file : output) {
    const std::string path = fmt::format("{}/{}", folder, file.path);
    const ReadResult now = environment.files.read(path, largest_output);
    if (now.text && *now.text == file.text) continue;
    if (const auto failed = environment.files.write(path, file.text, file.executable)) {
      environment.err(fmt::format("pipec: cannot write `{}`: {}\n", path, *failed));
      return io_error;
    }
    ++written;
  }
  size_t removed = 0;
  for (const auto& [path, hash] : manifest.files) {
    bool still = false;
    for (const backends::OutputFile& file : output)
      still = still || file.path == path;
    if (still || !stays_inside(path)) continue;
    if (const auto failed = environment.files.remove(fmt::format("{}/{}", folder, path))) {
      environment.err(fmt::format("pipec: cannot remove `{}/{}`: {}\n", folder, path, *failed));
      return io_error;
    }
    ++removed;
  }
  // The manifest last: until it is there, new files count as edited and are not lost.
  const std::string path = fmt::format("{}/{}", folder, manifest_name);
  if (const auto failed = environment.files.write(path, manifest_text(output, program), false)) {
    environment.err(fmt::format("pipec: cannot write `{}`: {}\n", path, *failed));
    return io_error;
  }
  if (!options.quiet) {
    environment.err(fmt::format("{}: {} ({} written{})\n", folder, counted(output.size(), "file"), written,
                                removed > 0 ? fmt::format(", {} removed", removed) : ""));
  }
  return ok;
}

}  // namespace

int cmd_compile(const Options& options, Environment& environment) {
  if (options.output.empty()) return usage_error(environment, "where to? give a folder with -o");
  int exit_code = ok;
  const auto compilation = compile_input(options, environment, false, exit_code);
  if (compilation == nullptr) return exit_code;
  require_pipeline(*compilation);
  if (compilation->sink().has_errors()) return print_diagnostics(*compilation, options, environment);
  const ir::Program program = lower(*compilation);
  if (!known_routes(options, program, environment)) return wrong_use;
  check_targets(*compilation, program, options);
  if (print_diagnostics(*compilation, options, environment) != ok) return findings;
  const Emission emission = emit(*compilation, program, options);
  if (!emission.defects.empty()) {
    for (const std::string& text : emission.defects)
      environment.err(fmt::format("pipec: a defect in pipec: {}\n", text));
    environment.err("pipec: nothing was written\n");
    return defect;
  }
  if (!options.quiet) {
    for (const std::string& line : emission.left_out)
      environment.err(fmt::format("note: {}\n", line));
    for (const std::string& line : emission.approximations)
      environment.err(fmt::format("note: {}\n", line));
  }
  for (const auto& [target, output] : emission.targets) {
    const int written =
        write_target(fmt::format("{}/{}", options.output, target), output, program, options, environment);
    if (written != ok) return written;
  }
  return ok;
}

}  // namespace pipec::driver
