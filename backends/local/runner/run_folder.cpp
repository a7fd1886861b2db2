#include "backends/local/runner/run_folder.h"

#include "backends/local/runner/new_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/core.h>
#include <sys/stat.h>

namespace pipec::runner {
namespace fs = std::filesystem;
namespace {

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// What runs leave behind is no part of the sources: the folder tells Git so itself.
bool make_folders(const std::string& base, std::string& error) {
  const fs::path hidden = fs::path(base).parent_path();
  std::error_code failed;
  const bool is_new = hidden.filename() == ".pipec" && !fs::exists(hidden, failed);
  fs::create_directories(base, failed);
  if (failed) error = fmt::format("cannot make `{}`: {}", base, failed.message());
  if (failed || !is_new) return !failed;
  const std::string path = hidden / ".gitignore";
  NewFile file(path);
  const bool written = file.write("*\n") && file.take_place_of(path, 0644);
  if (!written) error = fmt::format("cannot write `{}`: {}", path, std::strerror(errno));
  return written;
}

}  // namespace

RunFolder RunFolder::make(const std::string& base) {
  RunFolder folder;
  if (!make_folders(base, folder.error_)) return folder;
  const std::string time = timestamp();
  for (int n = 1; folder.path_.empty(); ++n) {
    const std::string id = fmt::format("{}-{}", time, n);
    const std::string path = fmt::format("{}/{}", base, id);
    if (::mkdir(path.c_str(), 0755) == 0) {
      folder.id_ = id;
      folder.path_ = path;
    } else if (errno != EEXIST) {
      folder.error_ = fmt::format("cannot make `{}`: {}", path, std::strerror(errno));
      return folder;
    }
  }
  std::error_code failed;
  const fs::path temporary = fs::temp_directory_path(failed);
  std::string name = (failed ? fs::path("/tmp") : temporary) / "pipec-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    folder.error_ = fmt::format("cannot make `{}`: {}", name, std::strerror(errno));
  } else {
    folder.temporary_ = name;
  }
  return folder;
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : id_(std::move(other.id_)),
      path_(std::exchange(other.path_, "")),
      temporary_(std::exchange(other.temporary_, "")),
      error_(std::move(other.error_)) {}

RunFolder::~RunFolder() {
  std::error_code ignored;
  if (!path_.empty()) {
    fs::remove_all(artifacts(), ignored);
    fs::remove_all(checkout(""), ignored);
  }
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

}  // namespace pipec::runner
