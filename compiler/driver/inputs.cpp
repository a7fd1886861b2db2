#include "compiler/driver/inputs.h"

#include "compiler/diag/render.h"
#include "compiler/driver/session.h"
#include "compiler/support/text.h"

#include <array>
#include <set>

#include <fmt/core.h>

namespace pipec::driver {

std::vector<Input> inputs_of(const Options& options, FileSystem& files) {
  // They hold what was made, or what others wrote.
  constexpr auto foreign_folders = std::to_array<std::string_view>({"build", "node_modules"});
  std::vector<Input> inputs;
  std::set<std::string> seen;
  const auto add = [&](Input input) {
    const std::string real = input.path == "-" ? input.path : files.real_path(input.path);
    if (seen.insert(real).second) inputs.push_back(std::move(input));
  };
  for (const std::string& path : options.inputs) {
    const auto below = path == "-" ? std::nullopt : files.files_below(path, foreign_folders);
    if (!below) {
      add({path, options.root, true});
      continue;
    }
    const std::string& root = options.root.empty() ? path : options.root;
    for (const std::string& file : below->files) {
      if (file.ends_with(".pipe")) add({file, root, false});
    }
    for (const std::string& folder : below->closed)
      add({folder, root, false});
  }
  return inputs;
}

int no_inputs(const Options& options, Environment& environment) {
  environment.err(fmt::format("pipec: there is no `.pipe` file below {}\n",
                              printable(quoted_list(options.inputs, "or"))));
  return findings;
}

}  // namespace pipec::driver
