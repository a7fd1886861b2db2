#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/driver/manifest.h"
#include "compiler/driver/source_paths.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// What one target writes into its folder.
struct Plan {
  std::string folder;
  const backends::OutputSet* output;
  Manifest before;
  // From this source, and no longer part of it.
  std::vector<std::string> obsolete;
  // The same, edited since: nobody but who did that knows what is lost with them.
  std::vector<std::string> kept;
};

// Whether something is there that is neither `fresh` nor what pipec has written.
bool is_edited(FileSystem& files, const Plan& plan, const std::string& path, const std::string& fresh) {
  const ReadResult now = files.read(fmt::format("{}/{}", plan.folder, path), largest_output);
  if (!now.text || fresh == *now.text) return false;
  const auto known = plan.before.files.find(path);
  return known == plan.before.files.end() || known->second.sha256 != sha256(*now.text);
}

// Files that the plan would change although pipec did not write them, or somebody has edited them since.
std::vector<std::string> edited_files(FileSystem& files, const Plan& plan) {
  std::vector<std::string> edited;
  for (const backends::OutputFile& file : *plan.output) {
    if (is_edited(files, plan, file.path, file.text)) edited.push_back(file.path);
  }
  return edited;
}

void keep_edited(FileSystem& files, Plan& plan) {
  const auto edited =
      std::stable_partition(plan.obsolete.begin(), plan.obsolete.end(),
                            [&](const auto& path) { return !is_edited(files, plan, path, ""); });
  plan.kept.assign(edited, plan.obsolete.end());
  plan.obsolete.erase(edited, plan.obsolete.end());
}

// Files of the plan that another source has written.
std::vector<std::string> files_of_others(const Plan& plan, const ir::Program& program) {
  std::vector<std::string> found;
  for (const backends::OutputFile& file : *plan.output) {
    const auto known = plan.before.files.find(file.path);
    if (known != plan.before.files.end() && known->second.source != program.pipelines.front().source_path)
      found.push_back(file.path);
  }
  return found;
}

// Whether the plan may be carried out; says why not.
int approve(const Plan& plan, const ir::Program& program, const Options& options, Environment& environment) {
  if (options.force) return ok;
  const std::vector<std::string> others = files_of_others(plan, program);
  if (!others.empty())
    environment.err(fmt::format("pipec: written from another source: {}\n", printable(quoted_list(others))));
  const std::vector<std::string> edited = edited_files(environment.files, plan);
  if (!edited.empty())
    environment.err(
        fmt::format("pipec: not written by pipec, or edited since: {}\n", printable(quoted_list(edited))));
  if (others.empty() && edited.empty()) return ok;
  environment.err(
      fmt::format("pipec: nothing in `{}` was changed; --force overwrites\n", printable(plan.folder)));
  return findings;
}

// Leaves a file alone that says it already. Whether it was written; nothing, and that is told, when it could
// not be.
std::optional<bool> bring(const std::string& path, const std::string& text, bool executable,
                          Environment& environment) {
  const ReadResult now = environment.files.read(path, largest_output);
  if (now.text && *now.text == text) return false;
  if (const auto failed = environment.files.write(path, text, executable)) {
    write_error(environment, path, *failed);
    return std::nullopt;
  }
  return true;
}

int carry_out(const Plan& plan, const ir::Program& program, const Options& options,
              Environment& environment) {
  size_t written = 0;
  for (const backends::OutputFile& file : *plan.output) {
    const auto brought =
        bring(fmt::format("{}/{}", plan.folder, file.path), file.text, file.executable, environment);
    if (!brought) return io_error;
    if (*brought) ++written;
  }
  for (const std::string& path : plan.obsolete) {
    if (const auto failed = environment.files.remove(fmt::format("{}/{}", plan.folder, path))) {
      environment.err(fmt::format("pipec: cannot remove `{}/{}`: {}\n", printable(plan.folder),
                                  printable(path), *failed));
      return io_error;
    }
  }
  // The manifest last: until it is there, new files count as edited and are not lost.
  const std::string path = fmt::format("{}/{}", plan.folder, manifest_name);
  const std::string manifest = to_text(updated(plan.before, *plan.output, plan.kept, program));
  if (!bring(path, manifest, false, environment)) return io_error;
  if (!plan.kept.empty()) {
    environment.err(
        fmt::format("pipec: warning: kept in `{}`, no longer part of the pipeline and edited since: {}\n",
                    printable(plan.folder), printable(quoted_list(plan.kept))));
  }
  if (!options.quiet) {
    const size_t removed = plan.obsolete.size();
    environment.err(fmt::format("{}: {} ({} written{})\n", printable(plan.folder),
                                counted(plan.output->size(), "file"), written,
                                removed > 0 ? fmt::format(", {} removed", removed) : ""));
  }
  return ok;
}

int refuse_manifest(const std::string& folder, const ReadManifest& read, Environment& environment) {
  environment.err(fmt::format("pipec: cannot use `{}/{}`: {}\n", printable(folder), manifest_name,
                              printable(read.error)));
  if (!read.damaged) return io_error;
  environment.err(
      fmt::format("pipec: without it nobody knows which files in `{}` are pipec's own; nothing was changed, "
                  "--force writes all of them and the manifest anew\n",
                  printable(folder)));
  return findings;
}

// All targets or none: every plan is approved before the first is carried out.
int write_targets(const Emission& emission, const ir::Program& program, const Options& options,
                  Environment& environment) {
  std::vector<Plan> plans;
  int approved = ok;
  for (const auto& [target, output] : emission.targets) {
    Plan plan{fmt::format("{}/{}", options.output, target), &output, {}, {}, {}};
    ReadManifest read = read_manifest(environment.files, plan.folder);
    if (!read.error.empty() && !(read.damaged && options.force))
      return refuse_manifest(plan.folder, read, environment);
    plan.before = std::move(read.manifest);
    take_over(plan.before, gone_sources(environment.files, options.inputs.front(), plan.folder), output,
              program);
    plan.obsolete = left_behind(plan.before, output, program);
    if (output.empty() && plan.obsolete.empty()) continue;
    if (!options.force) keep_edited(environment.files, plan);
    if (approve(plan, program, options, environment) != ok) approved = findings;
    plans.push_back(std::move(plan));
  }
  if (approved != ok) return approved;
  for (const Plan& plan : plans) {
    const int written = carry_out(plan, program, options, environment);
    if (written != ok) return written;
  }
  return ok;
}

}  // namespace

int cmd_compile(const Options& options, Environment& environment) {
  if (options.output.empty()) return usage_error(environment, "where to? give a folder with -o");
  if (!is_output_folder(options, environment)) return wrong_use;
  int exit_code = ok;
  const auto emitted = emit_input(options, environment, exit_code);
  if (!emitted) {
    if (exit_code == defect) environment.err("pipec: nothing was written\n");
    return exit_code;
  }
  const auto& [program, emission] = *emitted;
  if (!options.quiet) {
    for (const std::string& line : emission.approximations)
      environment.err(fmt::format("note: {}\n", line));
  }
  return write_targets(emission, program, options, environment);
}

}  // namespace pipec::driver
