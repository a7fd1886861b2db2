#include "compiler/driver/output_file.h"

#include "compiler/diag/render.h"
#include "compiler/driver/manifest.h"
#include "compiler/driver/session.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

bool is_input(const std::string& real, const std::vector<Input>& inputs, Environment& environment) {
  return std::any_of(inputs.begin(), inputs.end(), [&](const Input& input) {
    return input.path != "-" && environment.files.real_path(input.path) == real;
  });
}

}  // namespace

int approve_document(const PlannedDocument& document, const std::vector<Input>& inputs,
                     const Options& options, Environment& environment) {
  const auto& [option, path, is_own] = document;
  if (path.empty()) return ok;
  const std::string real = environment.files.real_path(path);
  if (is_input(real, inputs, environment))
    return usage_error(environment, fmt::format("{}: `{}` is an input, and would be replaced", option, path));
  if (path.ends_with(".pipe") || real.ends_with(".pipe"))
    return usage_error(
        environment,
        fmt::format("{}: `{}` is a `.pipe` file; a document is not written over one", option, path));
  if (options.force || !environment.files.exists(path)) return ok;
  const ReadResult there = environment.files.read(path, largest_output);
  if (!there.text) return write_error(environment, path, there.error);
  if (there.text->empty() || is_own(*there.text)) return ok;
  environment.err(fmt::format(
      "pipec: not written by pipec: `{}`; it was not changed, --force overwrites it\n", printable(path)));
  return findings;
}

int write_document(const std::string& path, std::string_view text, Environment& environment) {
  const auto failed = environment.files.write(path, text, false);
  return failed ? write_error(environment, path, *failed) : ok;
}

}  // namespace pipec::driver
