#include "compiler/driver/output_file.h"

#include "compiler/driver/session.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::driver {

bool may_write(std::string_view option, const std::string& path, const std::vector<Input>& inputs,
               Environment& environment) {
  if (path.empty()) return true;
  const std::string real = environment.files.real_path(path);
  const bool is_input = std::any_of(inputs.begin(), inputs.end(), [&](const Input& input) {
    return input.path != "-" && environment.files.real_path(input.path) == real;
  });
  if (is_input) {
    usage_error(environment, fmt::format("{}: `{}` is an input, and would be replaced", option, path));
    return false;
  }
  if (path.ends_with(".pipe") || real.ends_with(".pipe")) {
    usage_error(environment,
                fmt::format("{}: `{}` is a `.pipe` file; a document is not written over one", option, path));
    return false;
  }
  return true;
}

int write_document(const std::string& path, std::string_view text, Environment& environment) {
  const auto failed = environment.files.write(path, text, false);
  return failed ? write_error(environment, path, *failed) : ok;
}

}  // namespace pipec::driver
