#include "compiler/driver/source_paths.h"

#include "compiler/frontend/load.h"

#include <filesystem>
#include <optional>

namespace pipec::driver {
namespace fs = std::filesystem;
namespace {

// The folder of the git repository around what is at `real`.
std::optional<fs::path> repository_of(FileSystem& files, const fs::path& real) {
  for (fs::path folder = real.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (files.exists((folder / ".git").string())) return folder;
  }
  return std::nullopt;
}

}  // namespace

std::string source_name(FileSystem& files, const std::string& path) {
  const fs::path real = files.real_path(path);
  if (const auto repository = repository_of(files, real))
    return real.lexically_relative(*repository).string();
  const fs::path from_here = real.lexically_relative(files.real_path("."));
  const bool below = !from_here.empty() && *from_here.begin() != "..";
  return below ? from_here.string() : real.filename().string();
}

std::function<bool(const std::string& name)> gone_sources(FileSystem& files, const std::string& entry,
                                                          const std::string& folder) {
  const auto repository = repository_of(files, files.real_path(entry));
  if (!repository || repository_of(files, fs::path(files.real_path(folder)) / "a file") != repository)
    return [](const std::string&) { return false; };
  return [&files, repository](const std::string& name) {
    return name != standard_input_name && !files.exists((*repository / name).string());
  };
}

}  // namespace pipec::driver
